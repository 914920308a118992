// Command gosdk writes the Go SDK: gen/client, with a method for every operation of the contract, and
// what makes it and gen/api modules of their own, which need neither the server nor its libraries.
//
// What is the same whatever the contract says is written by hand, compiled and tested here, and copied:
// the package runtime and its examples into gen/client, the package api into gen/api.
//
// It runs from the root of the repository, after oapi-codegen has written the types of gen/api, because
// how a type is called is read from there:
//
//	go run ./internal/tools/gosdk
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/getkin/kin-openapi/openapi3"
)

const (
	contract  = "openapi.yaml"
	apiDir    = "gen/api"
	clientDir = "gen/client"
	source    = "internal/tools/gosdk"

	module       = "github.com/aicoordination/coordinator"
	apiModule    = module + "/" + apiDir
	clientModule = module + "/" + clientDir
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "gosdk:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	document, err := openapi3.NewLoader().LoadFromFile(contract)
	if err != nil {
		return fmt.Errorf("reading the contract: %w", err)
	}

	types, err := declaredTypes(apiDir)
	if err != nil {
		return fmt.Errorf("reading the types of %s: %w", apiDir, err)
	}

	sdk, err := readContract(document, types)
	if err != nil {
		return fmt.Errorf("%s: %w", contract, err)
	}

	written, err := sdk.files()
	if err != nil {
		return err
	}
	for name, content := range written {
		if err := os.WriteFile(filepath.Join(clientDir, name), content, 0o644); err != nil {
			return fmt.Errorf("writing the SDK: %w", err)
		}
	}

	if err := copySource(filepath.Join(source, "api"), apiDir); err != nil {
		return err
	}
	if err := copySource(filepath.Join(source, "runtime"), clientDir); err != nil {
		return err
	}
	if err := copyFile(filepath.Join(source, "examples", "example_test.go"), clientDir); err != nil {
		return err
	}

	version := "v" + document.Info.Version
	if err := nameVersion(version); err != nil {
		return err
	}

	return writeModules(ctx, version)
}
