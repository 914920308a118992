package auth

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/internal/test/expect"
)

// fromHex writes a published vector of PBKDF2 as a stored hash.
func fromHex(t *testing.T, iterations, salt, key string) string {
	t.Helper()
	decoded, err := hex.DecodeString(strings.ReplaceAll(key, " ", ""))
	expect.OK(t, err)
	return "$pbkdf2-sha256$i=" + iterations + "$" + base64.RawStdEncoding.EncodeToString([]byte(salt)) + "$" + base64.RawStdEncoding.EncodeToString(decoded)
}

// Every scheme is held against hashes that others have made.
func TestPublishedVectors(t *testing.T) {
	t.Parallel()
	for name, vector := range map[string]struct{ hash, password string }{
		// The tests of the reference implementation of argon2.
		"Argon2id":            {"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password"},
		"Argon2idLittle":      {"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "password"},
		"Argon2idTwoLanes":    {"$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc", "password"},
		"Argon2idOtherSecret": {"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$C4TWUs9rDEvq7w3+J4umqA32aWKB1+DSiRuBfYxFj94", "differentpassword"},
		// RFC 7914, section 11.
		"PBKDF2": {fromHex(t, "1", "salt",
			"55 ac 04 6e 56 e3 08 9f ec 16 91 c2 25 44 b6 05 f9 41 85 21 6d de 04 65 e6 8b 9d 57 c2 0d ac bc"+
				"49 ca 9c cc f1 79 b6 45 99 16 64 b3 9d 77 ef 31 7c 71 b8 45 b1 e3 0b d5 09 11 20 41 d3 a1 97 83"), "passwd"},
		"PBKDF2Many": {fromHex(t, "80000", "NaCl",
			"4d dc d8 f6 0b 98 be 21 83 0c ee 5e f2 27 01 f9 64 1a 44 18 d0 4c 04 14 ae ff 08 87 6b 34 ab 56"+
				"a1 d4 25 a1 22 58 33 54 9a db 84 1b 51 c9 b3 17 6a 27 2b de bb a1 d0 78 47 8f 62 b3 97 f3 3c 8d"), "Password"},
		// The tests of passlib, and what passlib 1.7 and Django 5.2 make.
		"PBKDF2OfPasslib":     {"$pbkdf2-sha256$1212$4vjV83LKPjQzk31VI4E0Vw$hsYF68OiOUPdDZ1Fg.fJPeq1h/gXXY7acBp9/6c.tmQ", "password"},
		"PBKDF2MadeByIt":      {"$pbkdf2-sha256$29000$c2l4dGVlbiBieXRlcyBvZg$nYFaqUIIhX0QSAh7lGCZ9dn88DE9fhLt2Mz1eGXpoUs", "correct horse battery"},
		"PBKDF2OfDjango":      {"pbkdf2_sha256$10000$seasalt$CWWFdHOWwPnki7HvkcqN9iA2T3KLW1cf2uZ5kvArtVY=", "lètmein"},
		"PBKDF2OfDjangoToday": {"pbkdf2_sha256$600000$seasaltseasaltseasalt1$khdMABHNsMZMM9a/B0YhSvmTAeIbyap5vK96Ikk0D6o=", "correct horse battery"},
		// The tests of crypt_blowfish, of OpenBSD and of passlib.
		"Bcrypt":              {"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
		"BcryptLong":          {"$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored"},
		"BcryptEmpty":         {"$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.", ""},
		"BcryptOfOrdinaryUse": {"$2a$10$k87L/MF28Q673VKh8/cPi.SUl7MU/rWuSiIDDFayrKk/1tBsSQu4u", "a"},
		"BcryptB":             {"$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
		"BcryptY":             {"$2y$05$6bNw2HLQYeqHYyBfLMsv/OUcZd0LKP39b87nBw3.S2tVZSqiQX6eu", "\u0451"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stored, err := readHash(vector.hash)
			expect.OK(t, err)
			if !stored.matches(vector.password) {
				t.Error("its password does not match")
			}
			if stored.matches(vector.password[:max(0, len(vector.password)/2)]+"x") || stored.isCurrent(SchemeArgon2id) {
				t.Error("another password matches, or it is taken for one of ours")
			}
		})
	}
}

func TestStoredHashThatCannotBeRead(t *testing.T) {
	t.Parallel()
	const (
		bcrypted = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
		ours     = "$pbkdf2-sha256$i=1000$c29tZXNhbHRzb21lc2FsdA$" + cheapKey
		passlibs = "$pbkdf2-sha256$1000$c29tZXNhbHRzb21lc2FsdA$" + cheapKey
		djangos  = "pbkdf2_sha256$1000$seasalt$" + cheapKey + "="
	)
	for _, readable := range []string{cheap + cheapKey, bcrypted, ours, passlibs, djangos} {
		if _, err := readHash(readable); err != nil {
			t.Fatalf("what the others are made from is refused: %v", err)
		}
	}
	for name, hash := range map[string]string{
		"Empty":             "",
		"PlainText":         "correct horse",
		"MD5":               "5f4dcc3b5aa765d61d8327deb882cf99",
		"Argon2i":           strings.Replace(cheap, "argon2id", "argon2i", 1) + cheapKey,
		"OtherVersion":      strings.Replace(cheap, "v=19", "v=16", 1) + cheapKey,
		"NoVersion":         strings.Replace(cheap, "v=19", "", 1) + cheapKey,
		"NoSettings":        strings.Replace(cheap, "m=8,t=1,p=1", "", 1) + cheapKey,
		"SettingsAreText":   strings.Replace(cheap, "m=8", "m=much", 1) + cheapKey,
		"OtherOrder":        strings.Replace(cheap, "m=8,t=1", "t=1,m=8", 1) + cheapKey,
		"MoreSettings":      strings.Replace(cheap, "p=1", "p=1,x=1", 1) + cheapKey,
		"NegativeSettings":  strings.Replace(cheap, "t=1", "t=-1", 1) + cheapKey,
		"NoPasses":          strings.Replace(cheap, "t=1", "t=0", 1) + cheapKey,
		"NoThreads":         strings.Replace(cheap, "p=1", "p=0", 1) + cheapKey,
		"TooManyThreads":    strings.Replace(cheap, "p=1", "p=256", 1) + cheapKey,
		"LittleMemory":      strings.Replace(cheap, "m=8", "m=7", 1) + cheapKey,
		"Gigabytes":         strings.Replace(cheap, "m=8", "m=4194304", 1) + cheapKey,
		"BeyondAnyNumber":   strings.Replace(cheap, "m=8", "m=99999999999999999999", 1) + cheapKey,
		"Minutes":           strings.Replace(cheap, "m=8,t=1", "m=262144,t=3", 1) + cheapKey,
		"HoursOfPasses":     strings.Replace(cheap, "t=1", "t=2147483647", 1) + cheapKey,
		"SaltIsNoBase64":    strings.Replace(cheap, "c29t", "c2!t", 1) + cheapKey,
		"SaltIsShort":       "$argon2id$v=19$m=8,t=1,p=1$c29t$" + cheapKey,
		"KeyIsNoBase64":     cheap + "MDE!",
		"KeyIsPadded":       cheap + cheapKey + "=",
		"NoKey":             cheap,
		"ShortKey":          cheap + "MDE",
		"LongKey":           cheap + strings.Repeat("MDEy", 22),
		"OneMorePart":       cheap + cheapKey + "$",
		"DollarIsMissing":   strings.TrimPrefix(cheap, "$") + cheapKey,
		"SaltIsLooselyRead": strings.Replace(cheap, "c29tZXNhbHRzb21lc2FsdA", "c29tZXNhbHRzb21lc2FsdB", 1) + cheapKey,

		"PBKDF2WithoutIterations":  strings.Replace(ours, "i=1000", "i=0", 1),
		"PBKDF2ForMinutes":         strings.Replace(ours, "i=1000", "i=2000001", 1),
		"PBKDF2OfPasslibForever":   strings.Replace(passlibs, "1000", "2147483647", 1),
		"PBKDF2OfDjangoForever":    strings.Replace(djangos, "1000", "2000001", 1),
		"PBKDF2WithoutKey":         strings.TrimSuffix(ours, cheapKey),
		"PBKDF2OfOtherParts":       ours + "$x",
		"PBKDF2WithTheOtherDot":    strings.Replace(ours, "c29t", "c2.t", 1),
		"PBKDF2OfPasslibWithAPlus": strings.Replace(passlibs, "c29t", "c2+t", 1),
		"PBKDF2OfDjangoUnpadded":   strings.TrimSuffix(djangos, "="),
		"PBKDF2OfSHA1":             strings.Replace(passlibs, "pbkdf2-sha256", "pbkdf2", 1),

		"BcryptForMinutes":  strings.Replace(bcrypted, "$10$", "$14$", 1),
		"BcryptForHours":    strings.Replace(bcrypted, "$10$", "$31$", 1),
		"BcryptOfLittle":    strings.Replace(bcrypted, "$10$", "$03$", 1),
		"BcryptX":           strings.Replace(bcrypted, "$2a$", "$2x$", 1),
		"BcryptCut":         bcrypted[:59],
		"BcryptLonger":      bcrypted + "a",
		"BcryptOtherLetter": bcrypted[:59] + "!",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := readHash(hash)
			if err == nil {
				t.Fatal("it is read")
			}
			if strings.Contains(err.Error(), cheapKey) || strings.Contains(err.Error(), "!(") || (hash != "" && strings.Contains(err.Error(), hash)) {
				t.Errorf("the error reads %v", err)
			}
		})
	}
}

func TestImportedHashesAreNoMistakes(t *testing.T) {
	t.Parallel()
	for hash, accepted := range map[string]bool{
		cheap + cheapKey: false,
		strings.Replace(cheap, "m=8", "m=1024", 1) + cheapKey:          true,
		"$pbkdf2-sha256$999$c29tZXNhbHQ$" + cheapKey:                   false,
		"$pbkdf2-sha256$1000$c29tZXNhbHQ$" + cheapKey:                  true,
		"$2y$04$6bNw2HLQYeqHYyBfLMsv/OUcZd0LKP39b87nBw3.S2tVZSqiQX6eu": true,
		"": false,
	} {
		if err := CheckImportedHash(hash); (err == nil) != accepted {
			t.Errorf("%s: %v", hash, err)
		}
	}
}
