package auth

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/test/expect"
)

// loadKeys are the keys of a directory of the test's own.
func loadKeys(t *testing.T) *Keys {
	t.Helper()
	keys, err := LoadKeys(t.TempDir())
	expect.OK(t, err)
	return keys
}

// loadTogether loads the keys of a directory so many times at the same moment
// and fails unless they are the same.
func loadTogether(t *testing.T, dir string, count int) {
	t.Helper()
	loaded, loads := make([]*Keys, count), make([]func() error, count)
	for i := range loads {
		loads[i] = func() (err error) {
			loaded[i], err = LoadKeys(dir)
			return err
		}
	}
	expect.OK(t, errors.Join(expect.Together(loads...)...))
	for _, keys := range loaded {
		if keys.signing.KeyID() != loaded[0].signing.KeyID() || keys.signing.KeyID() == "" {
			t.Fatalf("one has the key %s, another %s", keys.signing.KeyID(), loaded[0].signing.KeyID())
		}
	}
}

func TestLoadKeys(t *testing.T) {
	t.Parallel()

	t.Run("IsMadeOnceAndKept", func(t *testing.T) {
		t.Parallel()
		dir := filepath.Join(t.TempDir(), "not", "there", "yet")
		first, err := LoadKeys(dir)
		expect.OK(t, err)
		second, err := LoadKeys(dir)
		expect.OK(t, err)
		c := claims{userID: uuid.New(), sessionID: uuid.New()}
		token, err := first.sign(c, time.Now(), time.Now().Add(time.Hour))
		expect.OK(t, err)
		if got, err := second.verify(token, time.Now()); err != nil || got != c {
			t.Errorf("after a restart the claims are %v, %v", got, err)
		}
		if _, err := loadKeys(t).verify(token, time.Now()); err == nil {
			t.Error("another installation takes the token")
		}
	})

	t.Run("ProcessesThatStartTogetherShareOne", func(t *testing.T) {
		t.Parallel()
		for range 50 {
			dir := filepath.Join(t.TempDir(), "keys")
			loadTogether(t, dir, 8)
			files, err := os.ReadDir(dir)
			if err != nil || len(files) != 1 || files[0].Name() != "signing-key.json" {
				t.Fatalf("the directory has %v, %v", files, err)
			}
		}
	})

	t.Run("IsReadableByItsOwnerAlone", func(t *testing.T) {
		t.Parallel()
		dir := filepath.Join(t.TempDir(), "keys")
		if _, err := LoadKeys(dir); err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "signing-key.json"): 0o600} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), want)
			}
		}
	})

	for name, content := range map[string]string{
		"Empty": "", "NoKey": "{}", "CutOff": `{"kty":"OKP","crv":"Ed25519","x":"`, "OtherText": "secret",
	} {
		t.Run(name+"FileIsAMistakeAndStays", func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "signing-key.json")
			expect.OK(t, os.WriteFile(path, []byte(content), 0o600))
			if _, err := LoadKeys(dir); err == nil {
				t.Error("it is taken for a key")
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != content {
				t.Errorf("it has become %q, %v", got, err)
			}
		})
	}

	t.Run("DirectoryThatIsAFileIsAMistake", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "file")
		expect.OK(t, os.WriteFile(path, nil, 0o600))
		if _, err := LoadKeys(path); err == nil {
			t.Error("it is taken for a directory")
		}
	})
}
