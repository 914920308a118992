package seal

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// secretFile is the secret's name in its directory.
const secretFile = "secret-key"

// LoadSecret returns the secret that was given as text, in base64, and without
// one that of the directory, where it makes one at the first start. The file
// is readable by its owner alone. Processes that start together get the same.
func LoadSecret(given, dir string) ([]byte, error) {
	secret, err := FindSecret(given, dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return secret, err
	}
	path := filepath.Join(dir, secretFile)
	encoded, err := createSecret(dir, path)
	if err != nil {
		return nil, fmt.Errorf("making a secret key: %w", err)
	}
	return decodeFile(encoded, path)
}

// FindSecret is LoadSecret for those who only read what was made with the
// secret: where there is none it makes none, and the error is fs.ErrNotExist.
func FindSecret(given, dir string) ([]byte, error) {
	if given != "" {
		return Decode(given)
	}
	path := filepath.Join(dir, secretFile)
	encoded, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the secret key: %w", err)
	}
	return decodeFile(encoded, path)
}

func decodeFile(encoded []byte, path string) ([]byte, error) {
	secret, err := Decode(strings.TrimSpace(string(encoded)))
	if err != nil {
		return nil, fmt.Errorf("reading the secret key %s: %w", path, err)
	}
	return secret, nil
}

// Decode reads a secret that is written in base64, with or without padding.
func Decode(text string) ([]byte, error) {
	secret, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, errors.New("a secret key is written in base64; make one with `openssl rand -base64 32`")
	}
	if len(secret) < MinSecretLen {
		return nil, fmt.Errorf("the secret key has %d bytes, and at least %d are needed; make one with `openssl rand -base64 32`", len(secret), MinSecretLen)
	}
	return secret, nil
}

// createSecret writes a new secret and returns what stands in the file then,
// which is another process's when that one was quicker.
func createSecret(dir, path string) ([]byte, error) {
	secret := make([]byte, MinSecretLen)
	if _, err := rand.Read(secret); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	temporary, err := os.CreateTemp(dir, "."+secretFile+"-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(temporary.Name())
	if _, err := temporary.WriteString(base64.StdEncoding.EncodeToString(secret) + "\n"); err != nil {
		return nil, err
	}
	if err := errors.Join(temporary.Sync(), temporary.Close()); err != nil {
		return nil, err
	}
	// A link fails where a rename would replace: the first secret written stays.
	if err := os.Link(temporary.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return os.ReadFile(path)
}
