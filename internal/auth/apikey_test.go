package auth

import (
	"fmt"
	"hash/crc32"
	"log/slog"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/internal/test/expect"
)

func TestAPIKeyForm(t *testing.T) {
	t.Parallel()
	key, err := generateAPIKey()
	expect.OK(t, err)
	good := key.Reveal()
	id, hash, err := parseAPIKey(good)
	expect.OK(t, err)
	if !strings.HasPrefix(good, "ck_live_"+id+"_") || len(good) != 70 {
		t.Errorf("the key is %d characters and begins with %.21s", len(good), good)
	}
	swapped := []byte(good)
	for i := 22; i < 60; i++ {
		if swapped[i] != swapped[i+1] {
			swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
			break
		}
	}
	for name, text := range map[string]string{
		"Empty":              "",
		"PrefixAlone":        "ck_live_",
		"Truncated":          good[:69],
		"OneMore":            good + "0",
		"AnotherPrefix":      "ck_test_" + good[8:],
		"UpperCasePrefix":    "CK_LIVE_" + good[8:],
		"TwoSwapped":         string(swapped),
		"ChecksumOfAnother":  good[:64] + "000000",
		"IDIsTooShort":       "ck_live_" + id[1:] + "_0" + good[21:],
		"NoLetterOrDigit":    good[:30] + "-" + good[31:],
		"SpaceInside":        good[:30] + " " + good[31:],
		"LettersBeyondASCII": good[:30] + "é" + good[32:],
	} {
		if id, got, err := parseAPIKey(text); err == nil || id != "" || got != [32]byte{} {
			t.Errorf("%s is taken for a key", name)
		}
	}
	// A typo of one character is told wherever it is.
	for i := range good {
		typo := []byte(good)
		typo[i] = 'x'
		if typo[i] == good[i] {
			typo[i] = 'y'
		}
		if _, _, err := parseAPIKey(string(typo)); err == nil {
			t.Errorf("a typo at %d is not noticed", i)
		}
	}
	if other, _, err := parseAPIKey(good); err != nil || other != id || hash == [32]byte{} {
		t.Errorf("the same key is read otherwise: %v", err)
	}
}

// What a scanner of secrets does with no more than the contract's description.
func TestAPIKeyChecksumCanBeVerifiedByOthers(t *testing.T) {
	t.Parallel()
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	for range 100 {
		key, err := generateAPIKey()
		expect.OK(t, err)
		text := key.Reveal()
		var sum uint64
		for _, digit := range text[64:] {
			sum = sum*62 + uint64(strings.IndexRune(digits, digit))
		}
		if want := crc32.ChecksumIEEE([]byte(text[:64])); sum != uint64(want) {
			t.Fatalf("the checksum of %s is %d, want %d", text, sum, want)
		}
	}
}

func TestAPIKeysAreRandom(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	count := map[rune]int{}
	const keys = 2000
	for range keys {
		key, err := generateAPIKey()
		expect.OK(t, err)
		for _, part := range []string{key.Reveal()[8:20], key.Reveal()[21:64]} {
			if seen[part] {
				t.Fatalf("%s comes twice", part)
			}
			seen[part] = true
			for _, digit := range part {
				count[digit]++
			}
		}
	}
	mean := keys * 55 / 62
	for _, digit := range base62 {
		if n := count[digit]; n < mean*8/10 || n > mean*12/10 {
			t.Errorf("%c comes %d times of about %d", digit, n, mean)
		}
	}
}

func TestNewKeyDoesNotShow(t *testing.T) {
	t.Parallel()
	key, err := generateAPIKey()
	expect.OK(t, err)
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("made", "key", key, "pointer", &key)
	for _, text := range []string{fmt.Sprint(key), fmt.Sprintf("%+v %#v %s %q", key, key, key, key), log.String()} {
		if strings.Contains(text, key.Reveal()[20:40]) {
			t.Errorf("the key shows in %s", text)
		}
	}
}
