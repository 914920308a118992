package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	yaml "github.com/oasdiff/yaml3"
)

// broken is a promise that the program does not keep, put into the contract, and
// the check that has to notice.
type broken struct {
	check, operation string
	breaking         func(document tree)
}

// tree is a document without a type.
type tree = map[string]any

// promises are one for each check that a contract can be altered for; a server
// that fails or forgets to delete is not made by altering the contract.
var promises = []broken{
	{"response_schema_conformance", "GET /api/v1/users/me", func(d tree) {
		schema := at(d, "components", "schemas", "User")
		schema["required"] = append(schema["required"].([]any), "never_sent")
	}},
	{"response_headers_conformance", "GET /api/v1/users/me", func(d tree) {
		at(d, "paths", "/api/v1/users/me", "get", "responses", "200", "headers")["X-Never-Sent"] = tree{
			"required": true, "schema": tree{"type": "string"},
		}
	}},
	{"missing_required_header", "GET /api/v1/users/me", func(d tree) {
		item := at(d, "paths", "/api/v1/users/me", "get")
		item["parameters"] = append(list(item["parameters"]), tree{
			"name": "X-Never-Needed", "in": "header", "required": true, "schema": tree{"type": "string"},
		})
	}},
	{"status_code_conformance", "GET /api/v1/clients/{client_id}", func(d tree) {
		delete(at(d, "paths", "/api/v1/clients/{client_id}", "get", "responses"), "401")
	}},
	{"content_type_conformance", "GET /livez", func(d tree) {
		content := at(d, "paths", "/livez", "get", "responses", "200", "content")
		content["text/plain"] = content["application/json"]
		delete(content, "application/json")
	}},
	{"ignored_auth", "GET /health", func(d tree) {
		at(d, "paths", "/health", "get")["security"] = []any{tree{"bearer": []any{}}}
	}},
	// Longer than what the contract promises to take, and taken all the same.
	{"negative_data_rejection", "POST /api/v1/clients", func(d tree) {
		at(d, "components", "schemas", "ClientCreate", "properties", "name")["maxLength"] = 20
	}},
	// Longer than what the program takes, and refused.
	{"positive_data_acceptance", "POST /api/v1/tasks", func(d tree) {
		at(d, "components", "schemas", "TaskCreate", "properties", "external_id")["maxLength"] = 300
	}},
	{"unsupported_method", "GET /api/v1/timer", func(d tree) { delete(at(d, "paths", "/api/v1/timer"), "delete") }},
	{"allow_header_conformance", "GET /api/v1/timer", func(tree) {}},
}

// controlled are the operations of the promises.
var controlled = []string{"getCurrentUser", "getClient", "livez", "health", "createClient", "createTask", "getTimer"}

// control breaks the promises and sees the tool notice each.
func (r *runner) control(ctx context.Context) error {
	began := time.Now()
	contract, err := r.altered()
	if err != nil {
		return err
	}
	found, err := r.run(ctx, part{name: "control", role: "admin", phases: "coverage", operations: controlled}, contract)
	if err != nil {
		return err
	}
	var missed []error
	for _, p := range promises {
		if found.found[finding{p.check, p.operation}] == 0 {
			missed = append(missed, fmt.Errorf("the control: %s does not notice what was broken for %s; see %s", p.check, p.operation, filepath.Join(r.work, "control")))
		}
	}
	if len(found.failed) == 0 {
		missed = append(missed, fmt.Errorf("the control: the tool finds %d failures and succeeds", len(found.found)))
	}
	if err := errors.Join(missed...); err != nil {
		return err
	}
	fmt.Printf("control: %d promises broken in the contract, all noticed, in %s\n", len(promises), time.Since(began).Round(time.Second))
	return nil
}

// altered writes the contract with the promises that are not kept.
func (r *runner) altered() (string, error) {
	text, err := os.ReadFile(r.contract)
	if err != nil {
		return "", fmt.Errorf("reading the contract: %w", err)
	}
	var document tree
	if err := yaml.Unmarshal(text, &document); err != nil {
		return "", fmt.Errorf("parsing the contract: %w", err)
	}
	for _, p := range promises {
		p.breaking(document)
	}
	if text, err = json.Marshal(document); err != nil {
		return "", fmt.Errorf("encoding the altered contract: %w", err)
	}
	path := filepath.Join(r.work, "altered.json")
	return path, os.WriteFile(path, text, 0o600)
}

func list(value any) []any {
	l, _ := value.([]any)
	return l
}

// at goes down a document. What is not there is a mistake of the control.
func at(document tree, path ...string) tree {
	for _, name := range path {
		inner, ok := document[name].(tree)
		if !ok {
			panic(fmt.Sprintf("the contract has no %s of %v", name, path))
		}
		document = inner
	}
	return document
}
