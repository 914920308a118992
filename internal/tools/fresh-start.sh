#!/usr/bin/env bash
# Clones the last commit into a temporary directory and runs `make run` there with an empty build cache
# and an empty data directory, as somebody new does. Prints how long it took until the API was ready.
set -euo pipefail

limit=180
port=${PORT:-18080}

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
place=$(mktemp -d)
# PostgreSQL runs under another account than root and has to reach its data.
chmod 711 "$place"
run=

finish() {
	if [ -n "$run" ] && kill -INT "-$run" 2>/dev/null; then
		wait "$run" || true
	fi
	rm -rf "$place"
}
trap finish EXIT

git clone --quiet . "$place/coordinator"
cd "$place/coordinator"

started=$(date +%s%N)
GOCACHE=$place/cache COORDINATOR_DATA_DIR=$place/data COORDINATOR_ADDR=127.0.0.1:$port \
	setsid make run >"$place/output" 2>&1 &
run=$!

until curl --silent --fail --output /dev/null "http://127.0.0.1:$port/readyz"; do
	seconds=$((($(date +%s%N) - started) / 1000000000))
	if ! kill -0 "$run" 2>/dev/null || [ "$seconds" -gt "$limit" ]; then
		cat "$place/output" >&2
		echo "Not ready after $seconds s." >&2
		exit 1
	fi
	sleep 0.2
done

printf 'make run on a fresh clone with an empty build cache: /readyz is 200 after %s ms (limit %s s)\n' \
	"$((($(date +%s%N) - started) / 1000000))" "$limit"
