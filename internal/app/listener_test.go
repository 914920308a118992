package app

import (
	"bytes"
	"log/slog"
	"math"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/internal/config"
)

// Whoever sets a limit learns that it does not hold; whoever sets none is not
// warned of what others have made of their machine.
func TestOnlyWhoAskedForConnectionsIsWarnedThatFilesAreFew(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		most   int
		warned bool
	}{
		{"more than any machine allows", math.MaxInt32, true},
		{"the default", config.DefaultMaxConnections, false},
		{"few", 10, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var logged bytes.Buffer
			l, err := listen(t.Context(), "127.0.0.1:0", test.most, slog.New(slog.NewTextHandler(&logged, nil)))
			if err != nil {
				t.Fatal(err)
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
			if warned := strings.Contains(logged.String(), "level=WARN"); warned != test.warned {
				t.Errorf("warned is %t, want %t: %s", warned, test.warned, &logged)
			}
		})
	}
}
