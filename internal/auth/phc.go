package auth

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

// Bounds of the settings of stored hashes. Whoever gets one into the database
// could otherwise have each sign-in take minutes or gigabytes; and with these
// none takes longer than [refusalTime], so that time does not tell whose it is.
const (
	maxArgonMemoryKiB = 256 * 1024
	// maxArgonWork is memory times passes: 512 MiB are about 400 ms.
	maxArgonWork        = 512 * 1024
	maxArgonThreads     = 16
	maxPBKDF2Iterations = 2_000_000
	maxBcryptCost       = 13
	minSaltLen          = 4
	maxSaltLen          = 128
	minKeyLen           = 16
	maxKeyLen           = 64
)

// Bounds below which an imported hash is taken for a mistake. One that is
// stored already is verified and replaced at the next sign-in.
const (
	minImportedArgonMemoryKiB   = 1024
	minImportedPBKDF2Iterations = 1000
)

// readHash reads a stored hash. Its errors never hold a part of it that follows
// from the password.
func readHash(hash string) (verifier, error) {
	switch {
	case strings.HasPrefix(hash, "$argon2id$"):
		return readArgon2id(strings.Split(hash, "$"))
	case strings.HasPrefix(hash, "$pbkdf2-sha256$"):
		return readPBKDF2(strings.Split(hash, "$"))
	case strings.HasPrefix(hash, "pbkdf2_sha256$"):
		return readDjangoPBKDF2(strings.Split(hash, "$"))
	case strings.HasPrefix(hash, "$2a$"), strings.HasPrefix(hash, "$2b$"), strings.HasPrefix(hash, "$2y$"):
		return readBcrypt(hash)
	}
	return nil, errUnknownScheme
}

// CheckImportedHash tells what is wrong with a hash that comes from another
// system: its scheme is not known here, it cannot be read, or its settings are
// out of bounds.
func CheckImportedHash(hash string) error {
	read, err := readHash(hash)
	if err != nil {
		return err
	}
	switch h := read.(type) {
	case argon2idHash:
		if h.memory < minImportedArgonMemoryKiB {
			return fmt.Errorf("the memory of the argon2id hash is %d KiB, and at least %d are expected", h.memory, minImportedArgonMemoryKiB)
		}
	case pbkdf2Hash:
		if h.iterations < minImportedPBKDF2Iterations {
			return fmt.Errorf("the PBKDF2 hash has %d iterations, and at least %d are expected", h.iterations, minImportedPBKDF2Iterations)
		}
	}
	return nil
}

func readArgon2id(parts []string) (verifier, error) {
	if len(parts) != 6 {
		return nil, errors.New("the argon2id hash does not have the form $argon2id$v=19$m=…,t=…,p=…$salt$key")
	}
	if parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return nil, fmt.Errorf("the argon2id hash is of another version than v=%d", argon2.Version)
	}
	var settings [3]uint64
	given := strings.Split(parts[3], ",")
	if len(given) != len(settings) {
		return nil, errors.New("the settings of the argon2id hash are not m=…,t=…,p=…")
	}
	for i, name := range []string{"m=", "t=", "p="} {
		number, ok := strings.CutPrefix(given[i], name)
		value, err := strconv.ParseUint(number, 10, 31)
		if !ok || err != nil {
			return nil, errors.New("the settings of the argon2id hash are not m=…,t=…,p=… with whole numbers")
		}
		settings[i] = value
	}
	memory, passes, threads := settings[0], settings[1], settings[2]
	if passes < 1 || threads < 1 || threads > maxArgonThreads || memory < 8*threads || memory > maxArgonMemoryKiB || memory*passes > maxArgonWork {
		return nil, fmt.Errorf("the settings of the argon2id hash are out of bounds: m from 8 for each p to %d, m times t up to %d, p from 1 to %d",
			maxArgonMemoryKiB, maxArgonWork, maxArgonThreads)
	}
	salt, key, err := readSaltAndKey(base64.RawStdEncoding, parts[4], parts[5])
	if err != nil {
		return nil, fmt.Errorf("reading the argon2id hash: %w", err)
	}
	return argon2idHash{memory: uint32(memory), passes: uint32(passes), threads: uint8(threads), salt: salt, key: key}, nil
}

// adapted is the base64 alphabet of passlib: a dot in place of the plus sign.
var adapted = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./").WithPadding(base64.NoPadding)

// readPBKDF2 reads our own form, $pbkdf2-sha256$i=600000$salt$key with the
// standard alphabet, and passlib's, $pbkdf2-sha256$29000$salt$key with its own.
func readPBKDF2(parts []string) (verifier, error) {
	if len(parts) != 5 {
		return nil, errors.New("the PBKDF2 hash does not have the form $pbkdf2-sha256$i=…$salt$key")
	}
	encoding := adapted
	number, isOurs := strings.CutPrefix(parts[2], "i=")
	if isOurs {
		encoding = base64.RawStdEncoding
	}
	iterations, err := readIterations(number)
	if err != nil {
		return nil, err
	}
	salt, key, err := readSaltAndKey(encoding, parts[3], parts[4])
	if err != nil {
		return nil, fmt.Errorf("reading the PBKDF2 hash: %w", err)
	}
	return pbkdf2Hash{iterations: iterations, salt: salt, key: key}, nil
}

// readDjangoPBKDF2 reads pbkdf2_sha256$600000$salt$key: the salt is the text as
// it stands there, the key padded base64.
func readDjangoPBKDF2(parts []string) (verifier, error) {
	if len(parts) != 4 {
		return nil, errors.New("the PBKDF2 hash does not have the form pbkdf2_sha256$iterations$salt$key")
	}
	iterations, err := readIterations(parts[1])
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.Strict().DecodeString(parts[3])
	if err != nil {
		return nil, errors.New("the key of the PBKDF2 hash is no base64")
	}
	if err := checkLengths([]byte(parts[2]), key); err != nil {
		return nil, fmt.Errorf("reading the PBKDF2 hash: %w", err)
	}
	return pbkdf2Hash{iterations: iterations, salt: []byte(parts[2]), key: key}, nil
}

func readIterations(text string) (int, error) {
	iterations, err := strconv.ParseUint(text, 10, 31)
	if err != nil || iterations < 1 || iterations > maxPBKDF2Iterations {
		return 0, fmt.Errorf("the iterations of the PBKDF2 hash are not a whole number from 1 to %d", maxPBKDF2Iterations)
	}
	return int(iterations), nil
}

func readBcrypt(hash string) (verifier, error) {
	const length = 60
	cost, err := bcrypt.Cost([]byte(hash))
	if err != nil || len(hash) != length || strings.Trim(hash[7:], "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != "" {
		return nil, errors.New("the bcrypt hash does not have the form $2b$cost$ and 53 characters")
	}
	if cost > maxBcryptCost {
		return nil, fmt.Errorf("the cost of the bcrypt hash is %d, and at most %d is accepted", cost, maxBcryptCost)
	}
	return bcryptHash{text: []byte(hash)}, nil
}

func readSaltAndKey(encoding *base64.Encoding, saltText, keyText string) (salt, key []byte, err error) {
	if salt, err = encoding.Strict().DecodeString(saltText); err != nil {
		return nil, nil, errors.New("its salt is no base64")
	}
	if key, err = encoding.Strict().DecodeString(keyText); err != nil {
		return nil, nil, errors.New("its key is no base64")
	}
	return salt, key, checkLengths(salt, key)
}

func checkLengths(salt, key []byte) error {
	if len(salt) < minSaltLen || len(salt) > maxSaltLen {
		return fmt.Errorf("its salt has %d bytes, and %d to %d are expected", len(salt), minSaltLen, maxSaltLen)
	}
	if len(key) < minKeyLen || len(key) > maxKeyLen {
		return fmt.Errorf("its key has %d bytes, and %d to %d are expected", len(key), minKeyLen, maxKeyLen)
	}
	return nil
}
