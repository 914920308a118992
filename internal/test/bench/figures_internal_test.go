package bench

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/internal/test/expect"
)

var errRefused = errors.New("503 unavailable")

// What fails is told with the rest, and the run fails at its end.
func TestWhatFailsIsAmongTheFigures(t *testing.T) {
	t.Parallel()
	f := &Figures{Title: "Some"}
	f.add(Figure{Name: "a rate", Value: 12, Unit: "req/s", Wanted: 10})
	expect.OK(t, f.Err())
	expect.OK(t, f.fail(t.Context(), "a list", errRefused))
	f.add(Figure{Name: "a cost", Value: 3, Unit: "×", Wanted: 1.5, AtMost: true})

	if err := f.Err(); err == nil || !strings.Contains(err.Error(), "a list: 503 unavailable") {
		t.Errorf("the error is %v", err)
	}
	var text bytes.Buffer
	expect.OK(t, f.Print(&text))
	var verdicts []string
	for line := range strings.Lines(text.String()) {
		if name, rest, _ := strings.Cut(line, "  "); strings.HasPrefix(name, "a ") {
			verdicts = append(verdicts, strings.Join(append([]string{name}, strings.Fields(rest)...), " "))
		}
	}
	want := "a rate 12 req/s ≥ 10 ok, a list failed, a cost 3.00 × ≤ 1.50 short"
	if got := strings.Join(verdicts, ", "); got != want {
		t.Errorf("it prints %q, want %q", got, want)
	}

	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.fail(over, "a list", errRefused); !errors.Is(err, errRefused) {
		t.Errorf("once the run is over it goes on: %v", err)
	}
}
