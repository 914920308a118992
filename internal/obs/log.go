package obs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/lmittmann/tint"
)

// LogOptions say what is logged, where and in which form.
type LogOptions struct {
	// Level is the least severe level that is logged, unless LevelFile says otherwise.
	Level slog.Level
	// LevelFile names a file that holds the level; empty for none.
	LevelFile string
	// Text writes lines for people in place of JSON, and Colour colours them.
	Text, Colour bool
	// Output takes the lines where there is no File.
	Output io.Writer
	// File is where lines are appended; empty for Output.
	File LogFile
}

// Log is a logger whose level and file can be renewed while it is used.
type Log struct {
	// Logger masks what looks like a secret, and names the request of each line.
	Logger *slog.Logger

	options LogOptions
	level   slog.LevelVar
	file    *rotating

	mu sync.Mutex // of Reload
}

// OpenLog returns the log. It returns an error when the file cannot be written;
// a level file that says nothing of use is only warned of.
func OpenLog(options LogOptions) (*Log, error) {
	l := &Log{options: options}
	l.level.Set(options.Level)
	out := options.Output
	if options.File.Path != "" {
		var err error
		if l.file, err = openRotating(options.File); err != nil {
			return nil, err
		}
		out = l.file
	}
	var handler slog.Handler = slog.NewJSONHandler(out, &slog.HandlerOptions{Level: &l.level})
	if options.Text {
		handler = tint.NewTextHandler(out, &tint.Options{Level: &l.level, NoColor: !options.Colour, TimeFormat: time.TimeOnly + ".000"})
	}
	l.Logger = slog.New(Handler{Handler: Redacting{Handler: handler}})
	if options.LevelFile != "" {
		l.readLevel(context.Background())
	}
	return l, nil
}

// Reload does what an operator asks for by SIGHUP: the file is opened anew, for
// whoever has moved it away, and the level is read again. Without a level file
// the level goes from that of the settings to debug, and back the next time.
func (l *Log) Reload(ctx context.Context) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		if err := l.file.reopen(); err != nil {
			// It would not be read in the log that could not be opened.
			_, _ = fmt.Fprintf(os.Stderr, "coordinator: %v\n", err)
		} else {
			l.tell(ctx, "the log file was opened anew", "path", l.options.File.Path)
		}
	}
	if l.options.LevelFile != "" {
		l.readLevel(ctx)
		return
	}
	level := slog.LevelDebug
	if l.level.Level() == slog.LevelDebug {
		level = l.options.Level
	}
	l.setLevel(ctx, level, "SIGHUP")
}

// readLevel takes the level from its file. Whatever is wrong with that, the
// level stays as it is: a service does not fall silent by a slip.
func (l *Log) readLevel(ctx context.Context) {
	const longest = 64
	content, err := readUpTo(l.options.LevelFile, longest)
	var level slog.Level
	if err == nil {
		level, err = ParseLevel(content)
	}
	if err != nil {
		l.Logger.WarnContext(ctx, "the level of the log stays as it is, since its file says nothing of use", "path", l.options.LevelFile, "level", l.level.Level().String(), "error", err)
		return
	}
	l.setLevel(ctx, level, l.options.LevelFile)
}

// ParseLevel reads debug, info, warn or error, in any case and with space around it.
func ParseLevel(text string) (slog.Level, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "debug":
		return slog.LevelDebug, nil
	case "info":
		return slog.LevelInfo, nil
	case "warn":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return 0, errors.New("expected debug, info, warn or error, and nothing else")
}

func (l *Log) setLevel(ctx context.Context, level slog.Level, by string) {
	before := l.level.Level()
	if level == before {
		return
	}
	l.level.Set(level)
	l.tell(ctx, "the level of the log was changed", "from", before.String(), "to", level.String(), "by", by)
}

// tell logs a change of the log itself, which is told whatever the level is.
func (l *Log) tell(ctx context.Context, message string, args ...any) {
	record := slog.NewRecord(time.Now(), slog.LevelInfo, message, 0)
	record.Add(args...)
	// Not by the logger, which asks for the level first.
	_ = l.Logger.Handler().Handle(ctx, record)
}

// Close closes the file.
func (l *Log) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

func readUpTo(path string, most int64) (text string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	content, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(content)) > most {
		err = fmt.Errorf("it is longer than %d bytes", most)
	}
	return string(content), err
}
