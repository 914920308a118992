package auth

import (
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

func TestPasswordPolicy(t *testing.T) {
	t.Parallel()
	ana := person{name: "Ana-Lucía de Kowalczyk", email: "a.kowalczyk@agency.example"}
	const elevenAccented = "éèêëàâäôöûü"
	for password, want := range map[string]string{
		// Length, in characters and not in bytes, is all that is asked of most.
		elevenAccented:       "too_short",
		elevenAccented + "ç": "",
		"e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301x": "too_short", // seven, once composed
		"seven stray":  "too_short",
		"seven straw.": "",
		strings.Repeat("seven stray ", 10) + "balloons":  "",
		strings.Repeat("seven stray ", 10) + "balloons!": "too_long",
		"correct horse battery":                          "",
		"              x":                                "",
		"no digits nor capitals":                         "",
		"\U0001f512 keys and \U0001f434":                 "",

		// What is tried first, however it is dressed up.
		"1q2w3e4r5t6y":       "common",
		"1Q2W3E4R5T6Y":       "common",
		"password1234":       "common",
		"PassWord!!!!":       "common",
		"2024football":       "common",
		"12football!!":       "common",
		"aaaaaaaaaaaa":       "common",
		"abcabcabcabc":       "common",
		"abcdabcdabcda":      "common",
		"abcdefghijkl":       "common",
		"lkjihgfedcba":       "common",
		"456789012345":       "common",
		"football8371946520": "",
		"football and hats":  "",

		// What follows from who it is.
		"kowalczyk123":           "personal",
		"Kowalczyk-Lucía":        "personal",
		"coordinator!!":          "personal",
		"Coordinator-demo":       "personal",
		"agency.example":         "personal",
		"kowalczyk12345678":      "personal", // what is left is common
		"kowalczyk seven straws": "",
		"anaanaana-xyz":          "", // three letters are in too many words
	} {
		err := Passwords{}.withDefaults().check("/password", password, ana)
		if want == "" {
			if err != nil {
				t.Errorf("%q is refused: %v", password, err)
			}
			continue
		}
		if err == nil {
			t.Errorf("%q is accepted, want %s", password, want)
			continue
		}
		e := expect.Code(t, err, apperr.ValidationFailed)
		if len(e.Fields) != 1 || e.Fields[0].Pointer != "/password" || e.Fields[0].Code != want {
			t.Errorf("%q: the mistakes are %v, want %s", password, e.Fields, want)
		}
		if strings.Contains(e.Error(), password) {
			t.Errorf("the error shows the password: %v", e)
		}
	}
}

func TestPasswordLengthIsASetting(t *testing.T) {
	t.Parallel()
	for length, rules := range map[int]Passwords{8: {MinLength: 8}, 12: {}, 20: {MinLength: 20}} {
		rules = rules.withDefaults()
		long := "seven stray balloons over Rio"[:length]
		if err := rules.check("/new_password", long, person{}); err != nil {
			t.Errorf("%d characters: %v", length, err)
		}
		if err := rules.check("/new_password", long[1:], person{}); !apperr.Is(err, apperr.ValidationFailed) {
			t.Errorf("%d characters: %v", length-1, err)
		}
	}
}
