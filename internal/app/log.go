package app

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/obs"
)

// openLog opens the log of the service: the file of the settings, or the
// standard error, so that what a command prints on the standard output can be
// used by another.
func openLog(cfg config.Log) (*obs.Log, error) {
	onTerminal := cfg.File == "" && isTerminal(os.Stderr)
	return obs.OpenLog(obs.LogOptions{
		Level:     cfg.Level,
		LevelFile: cfg.LevelFile,
		Text:      cfg.Format == config.LogFormatText || cfg.Format == config.LogFormatAuto && onTerminal,
		Colour:    onTerminal && !cfg.NoColor,
		Output:    os.Stderr,
		File: obs.LogFile{
			Path: cfg.File, MaxSizeMB: int(cfg.MaxSizeMB), MaxAgeDays: int(cfg.MaxAgeDays), MaxBackups: int(cfg.MaxBackups),
		},
	})
}

// commandLogger is the logger of a command that ends by itself: it tells what
// goes wrong, where its user looks.
func commandLogger() *slog.Logger {
	text := isTerminal(os.Stderr)
	var handler slog.Handler = slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})
	if text {
		handler = slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})
	}
	return slog.New(obs.Handler{Handler: obs.Redacting{Handler: handler}})
}

func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// reloadOnHangup renews the log at each SIGHUP, until the function that it
// returns is called. Without it the signal would end the service.
func reloadOnHangup(ctx context.Context, log *obs.Log) (stop func()) {
	hangups, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(hangups, syscall.SIGHUP)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-hangups:
				log.Reload(ctx)
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(hangups)
		close(done)
		<-ended
	}
}
