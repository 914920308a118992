package app

import (
	"log/slog"
	"os"

	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/obs"
)

// newLogger returns a logger to the standard error, so that what a command
// prints on the standard output can be used by another.
func newLogger(cfg config.Log) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.Level}
	format := cfg.Format
	if format == config.LogFormatAuto {
		format = config.LogFormatJSON
		if isTerminal(os.Stderr) {
			format = config.LogFormatText
		}
	}
	var handler slog.Handler = slog.NewJSONHandler(os.Stderr, options)
	if format == config.LogFormatText {
		handler = slog.NewTextHandler(os.Stderr, options)
	}
	return slog.New(obs.Handler{Handler: obs.Redacting{Handler: handler}})
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
