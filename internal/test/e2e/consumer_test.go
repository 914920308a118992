package e2e_test

import (
	"context"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mostModules is how many modules somebody gets who depends on the Go SDK, its
// own two and the program's included.
const mostModules = 10

// A program that needs nothing of this repository but the SDK, in a module of
// its own, is built and does its work against the built service.
func TestConsumerOfTheGoSDK(t *testing.T) {
	t.Parallel()

	binary := filepath.Join(t.TempDir(), "consumer")
	inConsumer(t, "build", "-buildvcs=false", "-o", binary, ".")

	t.Run("NeedsFewModules", func(t *testing.T) {
		t.Parallel()

		modules := strings.Fields(inConsumer(t, "list", "-m", "all"))
		modules = slices.DeleteFunc(modules, func(word string) bool {
			return word == "=>" || strings.HasPrefix(word, "v") || strings.HasPrefix(word, ".")
		})

		// The graph knows modules by their versions, and Go itself as one.
		nodes := map[string]bool{}

		for node := range strings.FieldsSeq(inConsumer(t, "mod", "graph")) {
			if name, _, _ := strings.Cut(node, "@"); name != "go" && name != "toolchain" {
				nodes[name] = true
			}
		}

		t.Logf("A consumer of the Go SDK has a graph of %d modules, of at most %d: %s", len(nodes), mostModules, strings.Join(modules, ", "))

		if len(modules) > mostModules || len(nodes) > mostModules || len(modules) < 4 {
			t.Errorf("the modules are %v, and those of the graph %v", modules, slices.Sorted(maps.Keys(nodes)))
		}
	})

	t.Run("LinksNoServer", func(t *testing.T) {
		t.Parallel()

		packages := inConsumer(t, "list", "-deps", ".")
		for _, server := range []string{"labstack", "pgx", "kin-openapi", "oapi-codegen/runtime", "coordinator/internal", "gen/server", "gen/db", "testing"} {
			if strings.Contains(packages, server) {
				t.Errorf("%s is linked:\n%s", server, packages)
			}
		}
	})

	t.Run("DoesItsWork", func(t *testing.T) {
		t.Parallel()

		s := start(t, newDataDir(t), admin...)

		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()

		printed, err := exec.CommandContext(ctx, binary, s.origin, adminEmail, adminPassword).CombinedOutput()
		if want := "Brief\nDraft\nLaunch\n1 of 3 done\n"; err != nil || string(printed) != want {
			t.Errorf("it prints %q, %v; want %q", printed, err, want)
		}

		s.stop(t)
	})
}

// inConsumer runs the go command in the consumer's module.
func inConsumer(t *testing.T, args ...string) string {
	t.Helper()

	command := exec.CommandContext(t.Context(), "go", args...)
	command.Dir = "consumer"

	var problems strings.Builder

	command.Stderr = &problems

	printed, err := command.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, problems.String())
	}

	return string(printed)
}
