// Package deploy_test holds the examples in deploy/ against what they are for.
package deploy_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	yaml "github.com/oasdiff/yaml3"

	"github.com/aicoordination/coordinator/internal/config"
)

// root is the repository's.
const root = "../../.."

func content(t *testing.T, path string) string {
	t.Helper()

	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}

	return string(text)
}

// output is what a program prints, and whether it succeeded.
func output(t *testing.T, program string, args ...string) (string, bool) {
	t.Helper()

	text, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()

	return string(text), err == nil
}

// The reference is what the settings say; `make gen` writes it.
func TestReferenceIsCurrent(t *testing.T) {
	t.Parallel()

	var want bytes.Buffer
	if err := config.WriteReference(&want); err != nil {
		t.Fatal(err)
	}

	if content(t, "deploy/configuration.md") != want.String() {
		t.Error("deploy/configuration.md is not current: run `make gen`")
	}
}

// The unit is one that systemd reads, and gives the service little to break
// out with. The control is the same unit without its hardening.
func TestUnitIsReadAndHardened(t *testing.T) {
	t.Parallel()

	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Log("systemd is not installed: the unit was not looked at")

		return
	}

	unit := content(t, "deploy/systemd/coordinator.service")
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		// The program is not where the package puts it.
		if err := os.WriteFile(path, []byte(strings.Replace(text, "/usr/bin/coordinator", "/bin/true", 1)), 0o600); err != nil {
			t.Fatal(err)
		}

		return path
	}

	// Of a hundred: what a web service of a distribution has is above ninety.
	const threshold = "--threshold=15"

	if text, ok := output(t, "systemd-analyze", "verify", write("coordinator.service", unit)); !ok || text != "" {
		t.Errorf("systemd says of the unit:\n%s", text)
	}

	if text, ok := output(t, "systemd-analyze", "security", "--offline=yes", threshold, write("hardened.service", unit)); !ok {
		t.Errorf("the unit is exposed:\n%s", text)
	}

	soft := regexp.MustCompile(`(?m)^(Protect|Private|Restrict|SystemCall|Capability|Lock|Memory|NoNew).*\n`).ReplaceAllString(unit, "")
	if _, ok := output(t, "systemd-analyze", "security", "--offline=yes", threshold, write("soft.service", soft)); ok {
		t.Error("a unit without hardening passes as well")
	}
}

// What the image is built of is there, and the commands of the build are run
// from those files alone, without cgo, by `make deb`.
func TestImageIsBuiltOfWhatIsThere(t *testing.T) {
	t.Parallel()

	text := content(t, "deploy/Dockerfile")

	var copied []string

	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[0] != "COPY" || strings.HasPrefix(fields[1], "--") {
			continue
		}

		for _, path := range fields[1 : len(fields)-1] {
			copied = append(copied, path)
			if _, err := os.Stat(filepath.Join(root, path)); err != nil {
				t.Errorf("the image copies %s: %v", path, err)
			}
		}
	}

	// Every directory of the module that the program is built of.
	list, ok := output(t, "go", "list", "-deps", "-f", "{{if and .Module .Module.Main}}{{.ImportPath}}{{end}}", root+"/cmd/coordinator")
	if !ok {
		t.Fatal(list)
	}

	for pkg := range strings.FieldsSeq(list) {
		top, _, _ := strings.Cut(strings.TrimPrefix(pkg, "github.com/aicoordination/coordinator/"), "/")
		if !slices.Contains(copied, top) {
			t.Errorf("the image lacks %s", top)
		}
	}

	for _, want := range []string{"CGO_ENABLED=0", "distroless/static", "USER 65532:65532", `ENTRYPOINT ["/usr/bin/coordinator"]`} {
		if !strings.Contains(text, want) {
			t.Errorf("the image lacks %s", want)
		}
	}

	version := regexp.MustCompile(`(?m)^go (1\.\d+)`).FindStringSubmatch(content(t, "go.mod"))[1]
	if !strings.Contains(text, "golang:"+version+"-") {
		t.Errorf("the image is not built with Go %s", version)
	}
}

// Every variable that the examples set is one that the program knows, and what
// they give it is accepted.
func TestExamplesAreAccepted(t *testing.T) {
	t.Parallel()

	var compose struct {
		Services map[string]struct {
			Environment map[string]string `yaml:"environment"`
			Volumes     []string          `yaml:"volumes"`
			ReadOnly    bool              `yaml:"read_only"`
			Build       struct{ Context, Dockerfile string }
		} `yaml:"services"`
	}

	decoder := yaml.NewDecoder(strings.NewReader(content(t, "deploy/compose.yaml")))
	if err := decoder.Decode(&compose); err != nil {
		t.Fatal(err)
	}

	service := compose.Services["coordinator"]
	if !service.ReadOnly || len(compose.Services) != 2 {
		t.Errorf("the services are %v", compose.Services)
	}

	if _, err := os.Stat(filepath.Join(root, "deploy", service.Build.Context, service.Build.Dockerfile)); err != nil {
		t.Error(err)
	}

	environ := []string{"COORDINATOR_DATA_DIR=/var/lib/coordinator"}
	for name, value := range service.Environment {
		value = regexp.MustCompile(`\$\{COORDINATOR_SECRET_KEY.*?\}`).ReplaceAllString(value, strings.Repeat("A", 43)+"=")
		environ = append(environ, name+"="+regexp.MustCompile(`\$\{\w+.*?\}`).ReplaceAllString(value, "password"))
	}

	accepted(t, environ)

	environ = nil

	for line := range strings.Lines(content(t, "deploy/coordinator.env")) {
		// What is commented out is an example as well.
		line = strings.TrimPrefix(strings.TrimSpace(line), "#")
		if name, _, ok := strings.Cut(line, "="); ok && regexp.MustCompile(`^[A-Z_]+$`).MatchString(name) {
			environ = append(environ, strings.ReplaceAll(line, "…", "password"))
		}
	}

	accepted(t, environ)
}

func accepted(t *testing.T, environ []string) {
	t.Helper()

	if len(environ) < 4 {
		t.Errorf("only %d settings were found", len(environ))
	}

	if _, err := config.Parse([]string{"serve"}, environ, io.Discard, io.Discard); err != nil {
		t.Errorf("%v", err)
	}
}

// What the package is made of is there, but for what is built.
func TestPackageIsMadeOfWhatIsThere(t *testing.T) {
	t.Parallel()

	var nfpm struct {
		Contents []struct{ Src, Dst, Type string }
		Scripts  map[string]string
	}
	if err := yaml.Unmarshal([]byte(content(t, "deploy/nfpm.yaml")), &nfpm); err != nil {
		t.Fatal(err)
	}

	paths := []string{}
	for _, part := range nfpm.Contents {
		paths = append(paths, part.Src)
	}

	for _, path := range nfpm.Scripts {
		paths = append(paths, path)

		if text, ok := output(t, "sh", "-n", filepath.Join(root, path)); !ok {
			t.Errorf("%s: %s", path, text)
		}
	}

	for _, path := range paths {
		if _, err := os.Stat(filepath.Join(root, path)); err != nil && path != "bin/coordinator" {
			t.Error(err)
		}
	}

	if !strings.Contains(content(t, "deploy/nfpm.yaml"), "type: config|noreplace") {
		t.Error("the settings are no conffile")
	}
}
