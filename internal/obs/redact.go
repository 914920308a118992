package obs

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// Redacting masks what looks like a secret before a line is written: attributes
// by their name, and texts and errors, wherever they stand, by their form. It is
// the last resort: who logs is still meant to log no secret.
type Redacting struct {
	slog.Handler
}

// usualAttrs is as many as a line of the access log has, and a few.
const usualAttrs = 20

// Handle implements [slog.Handler].
func (h Redacting) Handle(ctx context.Context, record slog.Record) error {
	clean := slog.NewRecord(record.Time, record.Level, Mask(record.Message), record.PC)
	// All at once, since a record makes room for what it is given and no more.
	var room [usualAttrs]slog.Attr
	attrs := room[:0]
	record.Attrs(func(attr slog.Attr) bool {
		attrs = append(attrs, maskAttr(attr))
		return true
	})
	clean.AddAttrs(attrs...)
	return h.Handler.Handle(ctx, clean)
}

// WithAttrs implements [slog.Handler].
func (h Redacting) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, attr := range attrs {
		clean[i] = maskAttr(attr)
	}
	return Redacting{h.Handler.WithAttrs(clean)}
}

// WithGroup implements [slog.Handler].
func (h Redacting) WithGroup(name string) slog.Handler { return Redacting{h.Handler.WithGroup(name)} }

// Unmasked returns the logger without masking, for what is logged to be used:
// mail that is written to the log in place of being sent.
func Unmasked(logger *slog.Logger) *slog.Logger {
	if outer, ok := logger.Handler().(Handler); ok {
		if masking, ok := outer.Handler.(Redacting); ok {
			return slog.New(Handler(masking))
		}
	}
	return logger
}

// LogMasked writes the line that the logger would write, of attributes in which
// whoever logs has masked what others wrote, by [Mask] and [MaskPath]. Nothing of
// it is looked through again: it is for lines of which there is one a request.
func LogMasked(ctx context.Context, logger *slog.Logger, level slog.Level, message string, attrs []slog.Attr) {
	handler := logger.Handler()
	if !handler.Enabled(ctx, level) {
		return
	}
	if outer, ok := handler.(Handler); ok {
		attrs, handler = withIDs(ctx, attrs), outer.Handler
		if masking, ok := handler.(Redacting); ok {
			handler = masking.Handler
		}
	}
	record := slog.NewRecord(time.Now(), level, message, 0)
	record.AddAttrs(attrs...)
	// As by a logger, of which nobody asks whether it could write.
	_ = handler.Handle(ctx, record)
}

// publicNames are attributes that have the form, or a part of the name, of a
// secret and are none: ids of keys, which are hashes of public ones, and counts.
var publicNames = map[string]bool{"kid": true, "key_id": true, "api_key_id": true, "token_id": true}

func maskAttr(attr slog.Attr) slog.Attr {
	value := attr.Value.Resolve()
	if publicNames[attr.Key] {
		return attr
	}
	switch value.Kind() {
	case slog.KindGroup:
		group := value.Group()
		clean := make([]slog.Attr, len(group))
		for i, inner := range group {
			clean[i] = maskAttr(inner)
		}
		return slog.Attr{Key: attr.Key, Value: slog.GroupValue(clean...)}
	case slog.KindString:
		if value.String() != "" && isSecretName(attr.Key) {
			return slog.String(attr.Key, masked)
		}
		if attr.Key == "path" {
			return slog.String(attr.Key, MaskPath(value.String()))
		}
		return slog.String(attr.Key, Mask(value.String()))
	case slog.KindAny:
		if isSecretName(attr.Key) {
			return slog.String(attr.Key, masked)
		}
		return slog.Attr{Key: attr.Key, Value: maskAny(value)}
	default:
		// Numbers, times and truth are no secrets.
		return slog.Attr{Key: attr.Key, Value: value}
	}
}

// maskAny masks a value of any type as both kinds of handler would write it; one
// without a secret stays as it is.
func maskAny(value slog.Value) slog.Value {
	switch v := value.Any().(type) {
	case error:
		return slog.StringValue(Mask(v.Error()))
	case []byte:
		return slog.StringValue(Mask(string(v)))
	default:
		printed := fmt.Sprintf("%+v", v)
		encoded := printed
		if text, err := json.Marshal(v); err == nil {
			encoded = string(text)
		}
		if Mask(printed) == printed && Mask(encoded) == encoded {
			return value
		}
		return slog.StringValue(Mask(strings.ToValidUTF8(encoded, "\uFFFD")))
	}
}
