package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// deprecationDays is how long at least what is deprecated still works.
const deprecationDays = "180"

// oasdiff runs the tool of that name.
type oasdiff struct{ root string }

// change is one that oasdiff has found.
type change struct {
	ID          string `json:"id"`
	Text        string `json:"text"`
	OperationID string `json:"operationId"`
}

// breaking returns what oasdiff says of the changes that break a caller, those
// aside that the file accepts, and an error where there is one.
func (o oasdiff) breaking(ctx context.Context, released, present document, accepted string) (string, error) {
	report, err := o.compare(ctx, "breaking", released, present,
		"--fail-on", "ERR", "--deprecation-days-stable", deprecationDays, "--err-ignore", accepted)
	var failed *exec.ExitError
	if errors.As(err, &failed) && failed.ExitCode() == 1 {
		return string(report), errors.New("the contract breaks callers of the last release: take the change back, add what is new " +
			"beside what is old and deprecate that, or say in " + acceptedFile + " why it is to be")
	}
	return string(report), err
}

// changelog returns everything that has changed.
func (o oasdiff) changelog(ctx context.Context, released, present document) ([]change, error) {
	report, err := o.compare(ctx, "changelog", released, present, "--format", "json")
	if err != nil {
		return nil, err
	}
	var found []change
	if err := json.Unmarshal(report, &found); err != nil {
		return nil, fmt.Errorf("reading what oasdiff has found: %w\n%s", err, report)
	}
	return found, nil
}

func (o oasdiff) compare(ctx context.Context, command string, released, present document, options ...string) ([]byte, error) {
	directory, err := os.MkdirTemp("", "contract")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(directory)
	before, after := filepath.Join(directory, "released.json"), filepath.Join(directory, "openapi.json")
	open := released.open()
	if err := errors.Join(released.prepared(open).write(before), present.prepared(open).write(after)); err != nil {
		return nil, err
	}
	arguments := append([]string{"tool", "-modfile=internal/tools/contract.mod", "oasdiff", command, before, after, "--flatten-allof"}, options...)
	run := exec.CommandContext(ctx, "go", arguments...)
	run.Dir = o.root
	var problem bytes.Buffer
	run.Stderr = &problem
	report, err := run.Output()
	if err != nil {
		return report, fmt.Errorf("running oasdiff: %w %s", err, problem.Bytes())
	}
	return report, nil
}
