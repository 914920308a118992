package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aicoordination/coordinator/gen/api"
)

const (
	headerLastEventID = "Last-Event-ID"
	// defaultReconnect is how long to wait before connecting again where the stream
	// has not said so, and longestReconnect the most.
	defaultReconnect = 2 * time.Second
	longestReconnect = 30 * time.Second
)

// StreamResetError says that changes may have been missed, since the cursor was too old
// or what the caller may see has changed: read anew what you keep. The stream goes
// on with what happens from now on, if the loop over it does:
//
//	for event, err := range c.Events.Stream(ctx, client.EventStreamParams{}) {
//		if _, ok := errors.AsType[*client.StreamResetError](err); ok {
//			reload()
//			continue
//		}
//		if err != nil {
//			return err
//		}
//		…
//	}
type StreamResetError struct {
	// Code says why, for programs. New ones may be added.
	Code api.EventStreamNoticeCode
	// Detail says why and what to do about it, a sentence for people.
	Detail string
}

// Error returns the sentence.
func (r *StreamResetError) Error() string { return string(r.Code) + ": " + r.Detail }

// follow yields what the data of the messages of a stream hold. Whenever the
// connection is lost, or silent for too long, it is made again and goes on where
// it was: nothing is missed, and nothing comes twice. It ends with the loop over
// it, with the context, whose error it yields, or with an error that does not
// pass, such as the end of the session; a [*StreamResetError] alone does not end it.
//
// Until the stream was open for the first time, it is tried as often as any call;
// after that without an end, unless [MaxRetries] says how often in a row.
func follow[T any](ctx context.Context, t *transport, c call, options []CallOption) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		f, err := newFollower(t, c, options)
		if err != nil {
			yield(none, err)
			return
		}
		defer f.disconnect()

		for {
			found, err := f.next(ctx)
			var value T
			if err == nil {
				if err = json.Unmarshal([]byte(found.data), &value); err != nil {
					err = fmt.Errorf("decoding a message of %s: %w", c.operation, err)
				}
			}
			_, goesOn := errors.AsType[*StreamResetError](err)
			if !yield(value, err) || (err != nil && !goesOn) {
				return
			}
		}
	}
}

// follower reads the messages of a stream over as many connections as it takes.
type follower struct {
	transport *transport
	call      call
	options   []CallOption
	settings  callSettings

	// cursor leads on behind what was read last.
	cursor string
	// reconnect is how long the stream asks to wait before connecting again.
	reconnect time.Duration
	// wasOpen tells whether it ever was; failures is how often in a row it was lost
	// or not to be had since something came.
	wasOpen  bool
	failures int
	// asked is how long the last refusal asks to be left alone.
	asked time.Duration
	// isSentAway tells that the service has ended the stream, and knows that all who
	// follow come back.
	isSentAway bool

	body     io.ReadCloser // nil while there is no connection
	messages messages
}

func newFollower(t *transport, c call, options []CallOption) (*follower, error) {
	r, err := t.prepare(c, options)
	if err != nil {
		return nil, err
	}
	return &follower{transport: t, call: c, options: options, settings: r.settings, reconnect: defaultReconnect}, nil
}

// next returns the next message with something in it, or a *StreamResetError, or why
// the stream has ended.
func (f *follower) next(ctx context.Context) (message, error) {
	for {
		if f.body == nil {
			if err := f.connect(ctx); err != nil {
				return message{}, err
			}
		}
		found, err := f.messages.next()
		if err != nil {
			f.disconnect()
			if err := f.fail(ctx, err); err != nil {
				return message{}, err
			}
			continue
		}

		f.failures = 0
		f.advance(found)
		switch found.event {
		case "reset":
			return message{}, notice(found)
		case "end":
			f.disconnect()
			f.isSentAway = true
			if n := notice(found); n.Code == api.EventStreamNoticeCodeAccessChanged {
				return message{}, n
			}
		default:
			if found.data != "" {
				return found, nil
			}
		}
	}
}

// advance takes up where the stream has come to.
func (f *follower) advance(found message) {
	if found.retry > 0 {
		f.reconnect = found.retry
	}
	if found.id != "" {
		f.setCursor(found.id)
	}
}

func (f *follower) setCursor(cursor string) {
	f.cursor = cursor
	if f.settings.cursor != nil {
		*f.settings.cursor = cursor
	}
}

func (f *follower) disconnect() {
	if f.body != nil {
		_ = f.body.Close()
		f.body = nil
	}
}

// connect opens the stream where it was, waiting as long as it takes.
func (f *follower) connect(ctx context.Context) error {
	for {
		if err := f.begin(ctx); err != nil {
			return err
		}
		options := append(append([]CallOption{}, f.options...), Header(headerLastEventID, f.cursor))
		if f.wasOpen {
			if err := f.transport.sleep(ctx, f.pause()); err != nil {
				return fmt.Errorf("%s: %w", f.call.operation, err)
			}
			options = append(options, MaxRetries(0)) // They are counted here.
		}
		f.isSentAway = false

		response, err := f.transport.send(ctx, f.call, options)
		if err == nil {
			f.wasOpen, f.body, f.messages = true, response.Body, newMessages(response.Body)
			return nil
		}
		if !f.wasOpen {
			return err
		}
		if err := f.fail(ctx, err); err != nil {
			return err
		}
	}
}

// begin finds out where the stream begins, if it begins now: a stream that is lost
// before it has sent anything could not tell where to go on.
func (f *follower) begin(ctx context.Context) error {
	if after := f.call.query.Get("after"); f.cursor != "" || (after != "" && after != "now") {
		if f.cursor == "" {
			f.setCursor(after)
		}
		return nil
	}
	first := f.call
	first.operation, first.path, first.kind = "listEvents", strings.TrimSuffix(f.call.path, "/stream"), valueCall
	first.query = url.Values{}
	maps.Copy(first.query, f.call.query)
	first.query.Set("after", "now")
	first.query.Set("page_size", "1")
	page, err := decode[api.EventFeed](f.transport.send(ctx, first, f.options))
	if err != nil {
		return err
	}
	f.setCursor(page.NextCursor)
	return nil
}

// pause is how long to wait before the next connection: not long after one that
// was lost by accident, longer each time that there is none to be had, and any
// time of the service's own where all who follow are sent away at once.
func (f *follower) pause() time.Duration {
	if f.isSentAway {
		return jitter(1, f.reconnect, longestReconnect)
	}
	return f.asked + jitter(max(f.failures, 1), firstPause, longestReconnect)
}

// fail counts a failure, and returns it if the stream ends by it.
func (f *follower) fail(ctx context.Context, failure error) error {
	f.failures++
	f.asked = 0
	if errors.Is(failure, io.EOF) {
		failure = io.ErrUnexpectedEOF
	}
	refused, ok := errors.AsType[*Error](failure)
	if ok {
		f.asked = min(refused.RetryAfter, patience)
	}
	isRefused := ok && refused.Status < http.StatusInternalServerError &&
		refused.Status != http.StatusRequestTimeout && refused.Status != http.StatusTooManyRequests
	isOver := ctx.Err() != nil || isRefused || errors.Is(failure, ErrSessionEnded)
	if isOver || (f.settings.limited && f.failures > f.settings.retries) {
		return failure
	}
	return nil
}

// notice reads what the stream says of itself.
func notice(found message) *StreamResetError {
	var read api.EventStreamNotice
	if err := json.Unmarshal([]byte(found.data), &read); err != nil {
		read.Detail = "The stream says that changes may have been missed."
	}
	return &StreamResetError{Code: read.Code, Detail: read.Detail}
}
