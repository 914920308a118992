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
		if info, err := os.Stderr.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			format = config.LogFormatText
		}
	}
	if format == config.LogFormatText {
		return slog.New(obs.Handler{Handler: slog.NewTextHandler(os.Stderr, options)})
	}
	return slog.New(obs.Handler{Handler: slog.NewJSONHandler(os.Stderr, options)})
}
