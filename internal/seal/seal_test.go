package seal_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/aicoordination/coordinator/internal/seal"
)

var secret = bytes.Repeat([]byte{7}, seal.MinSecretLen)

func box(t *testing.T, secret []byte, use seal.Use) *seal.Box {
	t.Helper()
	b, err := seal.New(secret, use)
	if err != nil {
		t.Fatalf("making a box: %v", err)
	}
	return b
}

func TestWhatIsSealedOpensInItsPlaceAlone(t *testing.T) {
	t.Parallel()
	b := box(t, secret, "one")
	sealed := b.Seal([]byte("text"), []byte("row 1"))
	if bytes.Contains(sealed, []byte("text")) {
		t.Fatal("the text can be read in what is sealed")
	}
	if again := b.Seal([]byte("text"), []byte("row 1")); bytes.Equal(sealed, again) {
		t.Error("the same text is sealed alike twice")
	}
	text, err := b.Open(sealed, []byte("row 1"))
	if err != nil || string(text) != "text" {
		t.Fatalf("opened %q, %v", text, err)
	}
	changed := bytes.Clone(sealed)
	changed[len(changed)-1] ^= 1
	for name, attempt := range map[string]struct {
		box     *seal.Box
		sealed  []byte
		context string
	}{
		"AnotherRow":    {b, sealed, "row 2"},
		"AnotherUse":    {box(t, secret, "two"), sealed, "row 1"},
		"AnotherSecret": {box(t, bytes.Repeat([]byte{8}, 32), "one"), sealed, "row 1"},
		"Changed":       {b, changed, "row 1"},
		"Cut":           {b, sealed[:5], "row 1"},
		"Empty":         {b, nil, "row 1"},
	} {
		if text, err := attempt.box.Open(attempt.sealed, []byte(attempt.context)); !errors.Is(err, seal.ErrNotOpened) {
			t.Errorf("%s: opened %q, %v", name, text, err)
		}
	}
}

func TestSumsDependOnTextUseAndSecret(t *testing.T) {
	t.Parallel()
	sum := box(t, secret, "one").Sum([]byte("text"))
	if again := box(t, secret, "one").Sum([]byte("text")); !bytes.Equal(sum, again) {
		t.Error("the same text has two sums")
	}
	for name, other := range map[string][]byte{
		"AnotherText":   box(t, secret, "one").Sum([]byte("texts")),
		"AnotherUse":    box(t, secret, "two").Sum([]byte("text")),
		"AnotherSecret": box(t, bytes.Repeat([]byte{8}, 32), "one").Sum([]byte("text")),
	} {
		if bytes.Equal(sum, other) {
			t.Errorf("%s has the same sum", name)
		}
	}
}

func TestLoadSecret(t *testing.T) {
	t.Parallel()

	t.Run("IsMadeOnceByAllWhoStartTogether", func(t *testing.T) {
		t.Parallel()
		dir := filepath.Join(t.TempDir(), "keys")
		var all [8][]byte
		var group sync.WaitGroup
		for i := range all {
			group.Go(func() {
				loaded, err := seal.LoadSecret("", dir)
				if err != nil {
					t.Errorf("loading: %v", err)
				}
				all[i] = loaded
			})
		}
		group.Wait()
		for _, loaded := range all {
			if len(loaded) < seal.MinSecretLen || !bytes.Equal(loaded, all[0]) {
				t.Fatalf("loaded %d bytes, and they differ from those of the first", len(loaded))
			}
		}
		files, err := os.ReadDir(dir)
		if err != nil || len(files) != 1 {
			t.Fatalf("the directory has %d files, %v", len(files), err)
		}
		if info, err := files[0].Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the file is readable by others: %v, %v", info.Mode(), err)
		}
	})

	t.Run("TheOneGivenWins", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		loaded, err := seal.LoadSecret(base64.StdEncoding.EncodeToString(secret), dir)
		if err != nil || !bytes.Equal(loaded, secret) {
			t.Fatalf("loaded %x, %v", loaded, err)
		}
		if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
			t.Errorf("a file was written for a secret that was given: %v, %v", files, err)
		}
	})

	t.Run("WhoOnlyReadsMakesNone", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		if _, err := seal.FindSecret("", dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("without a file it gives %v", err)
		}
		if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
			t.Errorf("a file was written: %v, %v", files, err)
		}
		made, err := seal.LoadSecret("", dir)
		if err != nil {
			t.Fatal(err)
		}
		if found, err := seal.FindSecret("", dir); err != nil || !bytes.Equal(found, made) {
			t.Errorf("found %x, %v", found, err)
		}
	})

	t.Run("WhatIsNoSecretIsRefused", func(t *testing.T) {
		t.Parallel()
		for _, given := range []string{"short", "not base64!", base64.StdEncoding.EncodeToString(secret[:31])} {
			if _, err := seal.LoadSecret(given, t.TempDir()); err == nil {
				t.Errorf("%q was taken", given)
			}
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "secret-key"), []byte("broken"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := seal.LoadSecret("", dir); err == nil {
			t.Error("a broken file was taken")
		}
	})
}
