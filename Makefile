# Run `make` to see what there is. Each target works in a fresh clone, for root and for anybody else.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
.DEFAULT_GOAL := help

MODULE := github.com/aicoordination/coordinator
TOOLS := internal/tools
E2E := internal/test/e2e

# Modules in this repository beside the first one, which ./... does not reach.
MODULES := gen/api gen/client $(E2E)/consumer

# The tools have module files of their own, so that what they need never moves what the program is
# built with.
GENERATOR := go tool -modfile=$(TOOLS)/tools.mod
GOLANGCI := go tool -modfile=$(TOOLS)/lint.mod golangci-lint
GOVULNCHECK := go tool -modfile=$(TOOLS)/vuln.mod govulncheck
NFPM := go tool -modfile=$(TOOLS)/deb.mod nfpm
REFERENCE := deploy/configuration.md
TSC := $(TOOLS)/node_modules/.bin/tsc
CONTRACT := internal/test/schemathesis
VENV := bin/schemathesis/venv

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# A Debian version begins with a digit; a commit without a tag is before every release.
DEB_VERSION = $(shell printf %s '$(VERSION)' | sed -e 's/^v//' -e 's/-/+/' -e 's/-/./g' -e '/^[0-9]*[.]/!s/^/0~/')

# The version is written in by the linker. Asking git from within go build as well would fail where the
# checkout belongs to somebody else.
#
# Left out are the symbol table and what debuggers read, a quarter of the file: stack traces and profiles
# have their names from elsewhere.
BUILD_FLAGS = -buildvcs=false -trimpath -ldflags '-s -w -X github.com/aicoordination/coordinator/internal/app.version=$(VERSION)'

TOOLS_INSTALLED := $(TOOLS)/node_modules/.package-lock.json
E2E_INSTALLED := $(E2E)/node_modules/.package-lock.json
SDK_BUILT := gen/ts/dist/cjs/package.json
CONTRACT_INSTALLED := $(VENV)/requirements.txt

NPM_CI := npm ci --no-audit --no-fund --loglevel=error

##@ Use

.PHONY: run
run: build ## Run the API on a PostgreSQL of its own, with demo data; Ctrl-C stops both
	@exec bin/coordinator serve --demo

.PHONY: build
build: ## Build bin/coordinator
	go build $(BUILD_FLAGS) -o bin/coordinator ./cmd/coordinator

.PHONY: sdk
sdk: $(SDK_BUILT) ## Build the npm package in gen/ts

.PHONY: deb
deb: ## Build bin/coordinator_….deb, which installs the service on Debian and its kin
	CGO_ENABLED=0 go build $(BUILD_FLAGS) -o bin/coordinator ./cmd/coordinator
	VERSION=$(DEB_VERSION) ARCH=$$(go env GOARCH) $(NFPM) package --config deploy/nfpm.yaml --packager deb --target bin/

.PHONY: deb-test
deb-test: deb ## Install that package over this machine's system, in memory; start, remove and purge it; takes root on Debian
	$(TOOLS)/deb-test.sh bin/coordinator_$(DEB_VERSION)_$$(go env GOARCH).deb

##@ Change

.PHONY: test
test: ## Run every test; those of the TypeScript SDK and the browser where Node is
	go run ./internal/test/withpg go test -timeout 15m ./...
	@for module in $(MODULES); do (cd $$module && go test ./...); done
	@if command -v node >/dev/null; then \
		$(MAKE) --no-print-directory test-ts; \
	else \
		echo 'Node is not installed: the tests of the TypeScript SDK and the browser did not run.'; \
	fi

.PHONY: test-ts
test-ts: build $(E2E_INSTALLED) $(TOOLS_INSTALLED) ## Run the TypeScript SDK and a browser against the built binary
	go build -buildvcs=false -o bin/testproxy ./internal/test/proxy/cmd
	node --test --test-reporter=spec $(TOOLS)/ts/test/*.test.mjs
	rm -rf $(E2E)/build
	$(TSC) -p $(E2E)/board
	$(TSC) -p $(E2E)
	$(TSC) -p $(E2E)/types
	@# Node leaves one processor to itself, and would run file after file where there are two; most of them wait.
	node --test --test-concurrency=$$(node -p 'os.availableParallelism()') --test-reporter=spec $(E2E)/build/*.test.*js
	COORDINATOR_TEST_TYPESCRIPT=1 go test -count=1 -timeout 5m -v -run '^TestPagesInTypeScript$$' ./internal/test/samples

.PHONY: costs
costs: ## Write down what the hot requests cost: allocations, statements and round trips
	go run ./internal/test/withpg go test -count=1 ./internal/test/cost -run '^TestHotRequestsCostWhatIsRecorded$$' -update -v

.PHONY: samples
samples: $(E2E_INSTALLED) $(TOOLS_INSTALLED) ## Run every piece of code that the documentation shows
	COORDINATOR_TEST_TYPESCRIPT=1 go test -count=1 -timeout 5m -v -run '^TestPages' ./internal/test/samples

.PHONY: gen
gen: $(TOOLS_INSTALLED) ## Generate gen/ from openapi.yaml, schema/ and queries/, the reference of the settings, and what the changelog says of the contract
	rm -rf gen
	mkdir -p gen/api gen/server gen/client gen/db gen/ts
	@# go reads the modules that are in here before it runs anything of this one.
	echo 'module $(MODULE)/gen/api' >gen/api/go.mod
	echo 'module $(MODULE)/gen/client' >gen/client/go.mod
	$(GENERATOR) sqlc generate
	go run ./$(TOOLS)/querier
	$(GENERATOR) oapi-codegen -config $(TOOLS)/oapi-codegen/api.yaml openapi.yaml
	$(GENERATOR) oapi-codegen -config $(TOOLS)/oapi-codegen/server.yaml openapi.yaml
	go run ./$(TOOLS)/gojson types
	go run ./$(TOOLS)/gosdk
	go run ./$(TOOLS)/gojson server
	go run ./$(TOOLS)/spec
	node $(TOOLS)/ts/generate.mjs
	$(MAKE) --no-print-directory $(SDK_BUILT)
	node $(TOOLS)/board/generate.mjs
	go run ./$(TOOLS)/settings
	go run ./$(TOOLS)/contract changelog

.PHONY: fmt
fmt: ## Format the Go code
	$(GOLANGCI) fmt

##@ Prove

CHECKS = check-format lint check-gen lint-spec check-contract check-size test-race test-ts contract-small

.PHONY: check
check: $(filter-out $(TESTED),$(CHECKS)) ## Everything that has to hold before a merge; TESTED=test-ts where make test has just run that
	@echo 'Everything holds.'

.PHONY: check-format
check-format: ## Fail if Go code is not formatted
	$(GOLANGCI) fmt --diff

.PHONY: lint
lint: ## Lint the Go code, which includes who may import whom
	go vet ./...
	@for module in $(MODULES); do echo "cd $$module && go vet ./..."; (cd $$module && go vet ./...); done
	$(GOLANGCI) run

.PHONY: lint-spec
lint-spec: $(TOOLS_INSTALLED) ## Lint openapi.yaml, and show that each rule of ours finds what breaks it
	cd $(TOOLS) && node_modules/.bin/redocly lint --config redocly.yaml ../../openapi.yaml
	node --test --test-reporter=dot $(TOOLS)/redocly.test.mjs

.PHONY: check-contract
check-contract: ## Fail if openapi.yaml breaks a caller of the last release, or the changelog does not tell what has changed
	go run ./$(TOOLS)/contract check

.PHONY: contract-changes
contract-changes: ## Print what has changed in the contract since the last release
	@go run ./$(TOOLS)/contract changes

# Compared with the index, so that a change can be checked before it is committed: add gen/ first. Left out
# is what is compressed, whose bytes change with Go; a test holds what it unpacks to against the plain files.
.PHONY: check-gen
check-gen: gen ## Fail if what is generated is not what the contract, the schema, the queries and the settings say
	@git --no-pager diff --exit-code --stat -- gen ':!gen/server/*.gz' go.mod $(E2E)/consumer $(REFERENCE) || { echo 'gen/, go.mod or $(REFERENCE) has changed: add it to the commit.' >&2; exit 1; }
	@new=$$(git ls-files --others --exclude-standard -- gen $(REFERENCE)); \
	if [ -n "$$new" ]; then printf 'There are generated files that are not in the commit:\n%s\n' "$$new" >&2; exit 1; fi

# The rules of names and the names in the files are held against the real binary by the tests; promtool
# reads the expressions as Prometheus does, where it is (Debian: apt install prometheus).
.PHONY: check-alerts
check-alerts: ## Hold the alert rules and the metrics of the built binary against promtool, where it is installed
	@if command -v promtool >/dev/null; then \
		promtool check rules deploy/prometheus/alerts.yml && \
		COORDINATOR_TEST_PROMTOOL=1 go run ./internal/test/withpg go test -count=1 -timeout 5m -v -run TestMetricsAreWhat ./internal/test/e2e; \
	else \
		echo 'promtool is not installed: nothing was checked beyond what the tests check.'; \
	fi

.PHONY: test-race
test-race: ## Run the Go tests with the race detector
	go run ./internal/test/withpg go test -race -timeout 20m ./...
	@for module in $(MODULES); do (cd $$module && go test -race ./...); done

.PHONY: contract-test
contract-test: build $(CONTRACT_INSTALLED) ## Hold the built binary against openapi.yaml by Schemathesis: 20,000 cases and more, in five to twenty minutes
	go run ./$(CONTRACT) --size=full

.PHONY: contract-small
contract-small: build $(CONTRACT_INSTALLED) ## The same with fewer cases, in a minute or two; part of check
	go run ./$(CONTRACT) --size=small

.PHONY: fuzz
fuzz: ## Look for a minute for a token that is taken and that was not signed, or that breaks the parser
	go test -run '^$$' -fuzz '^FuzzAccessToken$$' -fuzztime 60s -fuzzminimizetime 5s ./internal/auth

.PHONY: scale
scale: ## Hold lists, searches and statistics against a million tasks, exports and the audit log against 100,000
	COORDINATOR_SCALE_TASKS=1000000 go run ./internal/test/withpg go test -count=1 -timeout 20m -v -run TestAtScale ./internal/test/scale
	COORDINATOR_SCALE_TASKS=100000 COORDINATOR_TEST_EVENTS=100000 go run ./internal/test/withpg go test -count=1 -timeout 20m -v -run 'ConstantMemory$$' ./internal/test/e2e

# SIZE is full (1,000,000 tasks), medium, small, tiny or a number; ONLY names operations, separated by
# commas; OTHERS is the percentage of the processors from which on, where others have it, a window is taken again.
SIZE ?= full
ROUNDS ?= 5
SECONDS ?= 5
ONLY ?=
OTHERS ?= 8
BENCH_DIR ?= bin/bench
BENCH_JSON ?=

.PHONY: bench
bench: build ## Hold each operation against its SQL alone: SIZE=small ROUNDS=2 SECONDS=2 ONLY=get,list BENCH_DIR=… BENCH_JSON=…; needs wrk and pgbench
	go run ./internal/test/bench/cmd -size '$(SIZE)' -rounds '$(ROUNDS)' -seconds '$(SECONDS)' -only '$(ONLY)' -others '$(OTHERS)' -dir '$(BENCH_DIR)' -json '$(BENCH_JSON)'

# SIZES are numbers of tasks, of which those that have no growth take the last.
FIGURES = go run ./internal/test/bench/figures -rounds '$(ROUNDS)' -seconds '$(SECONDS)' -others '$(OTHERS)' -dir '$(BENCH_DIR)' -json '$(BENCH_JSON)'

.PHONY: bench-growth
bench-growth: build ## Hold operations against themselves as tasks grow: SIZES='10000 100000 1000000' ROUNDS=2 SECONDS=2 …; twenty minutes
	$(FIGURES) -sizes '$(or $(SIZES),10000 100000 1000000)' growth

.PHONY: bench-scale
bench-scale: build ## One to four services on one PostgreSQL, a replica, and a storm of sign-ins: SIZES=100000 SECONDS=2 …; ten minutes
	$(FIGURES) -sizes '$(or $(SIZES),100000)' processes

.PHONY: bench-memory
bench-memory: build ## What is resident of the service at 64 connections under load: SIZES=10000 SECONDS=2 …; a minute
	$(FIGURES) -sizes '$(or $(SIZES),10000)' memory

MAX_SIZE := 40000000

.PHONY: check-size
check-size: build ## Fail if bin/coordinator has 40 MB or more
	@size=$$(stat -c %s bin/coordinator 2>/dev/null || stat -f %z bin/coordinator); echo "bin/coordinator has $$size bytes, of at most $(MAX_SIZE)"; [ "$$size" -lt $(MAX_SIZE) ]

.PHONY: kills
kills: ## Kill the server and its database 20 times amid writes and amid refreshes, and look for what was acknowledged
	COORDINATOR_TEST_KILLS=20 go run ./internal/test/withpg go test -count=1 -timeout 20m -v -run 'TestCrash|TestRefreshSurvivesKills' ./internal/test/e2e

.PHONY: timing
timing: ## Tell unknown, known and locked accounts apart by the time of 500 refusals each, or not
	COORDINATOR_TIMING_SAMPLES=500 go run ./internal/test/withpg go test -count=1 -timeout 30m -v -run TestRefusalsCannotBeToldApart ./internal/httpapi

.PHONY: sign-in-storm
sign-in-storm: ## Guess 1,000 times at once, kill the server amid it, and sign in 50 times at once with imported hashes
	COORDINATOR_SIGN_IN_STORM=1 go run ./internal/test/withpg go test -count=1 -timeout 30m -v -run 'TestParallelFailures|TestHashesOfOther|TestGuessing|TestUserImport' ./internal/auth ./internal/test/e2e

.PHONY: revocations
revocations: ## Take sessions, roles, accounts and keys away on one replica 1,000 times each, and ask it at once and another a second later
	COORDINATOR_REVOCATIONS=1 go run ./internal/test/withpg go test -count=1 -timeout 20m -v -run 'TestWhatIsTakenAwayOnOneReplica|TestRevocationIsSeenByEveryReplica' ./internal/auth ./internal/httpapi

.PHONY: chaos
chaos: ## Break everything as often as is promised: kills, cuts, crowds, full disks, and 100,000 made-up requests
	COORDINATOR_CHAOS=1 go run ./internal/test/withpg go test -count=1 -p 1 -timeout 180m -v -run '^TestChaos' ./internal/...

.PHONY: newcomer
newcomer: ## Do what README.md tells somebody new, with an empty build cache, and time each step
	go run ./internal/test/samples/newcomer -cold

.PHONY: vuln
vuln: ## Look for known vulnerabilities in what is called; asks the Go vulnerability database
	$(GOVULNCHECK) ./...

##@ Release

.PHONY: release
release: gen ## Take the contract as that of a release, and cut the changelog: make release VERSION=0.3.0
	go run ./$(TOOLS)/contract release '$(VERSION)'
	@echo 'Commit it and tag it v$(VERSION), gen/api/v$(VERSION) and gen/client/v$(VERSION), which are the modules of the Go SDK. Then set info.version in openapi.yaml to the next version.'

##@ Else

.PHONY: clean
clean: ## Remove what is built and installed; gen/ stays
	rm -rf bin gen/ts/dist gen/ts/node_modules $(E2E)/build $(E2E)/node_modules $(TOOLS)/node_modules

.PHONY: help
help: ## Show this
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# npm writes this file last, so that it is there only if everything is.
$(TOOLS_INSTALLED): $(TOOLS)/package.json $(TOOLS)/package-lock.json
	$(NPM_CI) --prefix $(TOOLS)
	@touch $@

# The requirements are copied last, so that they are there only if everything is.
$(CONTRACT_INSTALLED): $(CONTRACT)/requirements.txt
	rm -rf $(VENV)
	python3 -m venv $(VENV) || { echo 'Python 3.11 or later with venv is needed (Debian: apt install python3-venv).' >&2; exit 1; }
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: -r $<
	cp $< $@

# The SDK is compiled with the tools' packages: it has no lock of its own.
$(SDK_BUILT): $(wildcard gen/ts/*.json gen/ts/build/*.mjs gen/ts/src/*.ts gen/ts/src/api/*.ts) $(TOOLS_INSTALLED)
	ln -sfn ../../$(TOOLS)/node_modules gen/ts/node_modules
	cd gen/ts && npm run --silent build
	@touch $@

# The SDK is installed as its users get it, packed, so that what the package leaves out is missed.
$(E2E_INSTALLED): $(E2E)/package.json $(E2E)/package-lock.json $(SDK_BUILT)
	$(NPM_CI) --prefix $(E2E)
	@touch $@
