package client

import (
	"context"
	"net/http"
	"strings"
	"testing"
)

func TestOptionsThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	for name, option := range map[string]Option{
		"NoKey": WithAPIKey(""), "NoFunction": WithToken(nil), "NoSession": WithSession(Session{}, nil), "NoClient": WithHTTPClient(nil),
		"Retries": WithRetries(-1), "Timeout": WithTimeout(0),
	} {
		if _, err := newTransport("test", "http://127.0.0.1", []Option{option}); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if _, err := newTransport("test", "http://127.0.0.1", []Option{WithAPIKey("a"), WithAPIKey("b")}); err == nil {
		t.Error("two credentials are taken")
	}
	for _, address := range []string{
		"", "127.0.0.1:8080", "localhost", "ftp://x", "http://", "http://x/api/v1", "http://x/api/v1/", "http://x?y=1", "http://a:b@x", "http://x#y",
	} {
		_, err := newTransport("test", address, nil)
		if err == nil {
			t.Errorf("the address %q is taken", address)
		} else if strings.Contains(err.Error(), "a:b") {
			t.Errorf("the error tells a password: %v", err)
		}
	}
	for address, want := range map[string]string{"http://x/": "http://x", "https://x/coordinator/": "https://x/coordinator"} {
		if made, err := newTransport("test", address, nil); err != nil || made.baseURL != want {
			t.Errorf("%q is taken for %v (%v)", address, made, err)
		}
	}
	sender, _ := connect(t, "http://127.0.0.1:1")
	for name, option := range map[string]CallOption{"Retries": MaxRetries(-1), "Timeout": RequestTimeout(0), "Silence": Silence(0)} {
		if err := do(t, sender, http.MethodGet, option); err == nil || strings.Contains(err.Error(), "connection refused") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestVersionsAreSentAsTags(t *testing.T) {
	t.Parallel()
	s := newScript(t, says(200, `{}`))
	sender, _ := connect(t, s.URL)
	for i, test := range []struct {
		option CallOption
		want   string
	}{{IfMatch(int64(7)), `"7"`}, {IfMatch("7"), `"7"`}, {IfMatch(`"7-ab"`), `"7-ab"`}, {IfMatch("*"), "*"}} {
		if err := do(t, sender, http.MethodPatch, test.option); err != nil {
			t.Fatal(err)
		}
		if got := s.received()[i].header.Get("If-Match"); got != test.want {
			t.Errorf("sent %s, want %s", got, test.want)
		}
	}
}

func TestWhatCannotStandInAHeaderIsRefusedBeforeItIsSent(t *testing.T) {
	t.Parallel()
	for name, option := range map[string]Option{
		"AKeyFromAFile": WithAPIKey("ck_live_x\n"), "AKeyWithASpace": WithAPIKey(" ck_live_x"), "AHeader": WithHeader("X-Team", "a\r\nb"),
		"AName": WithHeader("X Team", "a"), "NoName": WithHeader("", "a"), "AUserAgent": WithUserAgent("a\nb"),
		"ASession": WithSession(Session{AccessToken: "a\n"}, nil),
	} {
		_, err := newTransport("test", "http://127.0.0.1", []Option{option})
		if err == nil {
			t.Errorf("%s is taken", name)
		} else if strings.Contains(err.Error(), "ck_live") {
			t.Errorf("%s: the error tells the key: %v", name, err)
		}
	}

	s := newScript(t, says(200, `{}`))
	sender, p := connect(t, s.URL, WithToken(func(context.Context) (string, error) { return "token\n", nil }))
	if err := do(t, sender, http.MethodGet); err == nil || strings.Contains(err.Error(), "no answer") {
		t.Errorf("got %v", err)
	}
	sender, _ = connect(t, s.URL)
	for name, option := range map[string]CallOption{"Value": Header("X-Team", "a\nb"), "IfMatch": IfMatch("a\nb"), "Empty": IfMatch("")} {
		if err := do(t, sender, http.MethodGet, option); err == nil || strings.Contains(err.Error(), "no answer") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	s.expect(t, 0)
	if len(p.list) != 0 {
		t.Errorf("it was tried again %d times", len(p.list))
	}
}

func TestALoggerThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := newTransport("test", "http://127.0.0.1", []Option{WithLogger(nil)}); err == nil {
		t.Error("it is taken")
	}
}
