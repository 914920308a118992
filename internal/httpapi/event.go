package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/obs"
	"github.com/aicoordination/coordinator/internal/page"
)

const (
	// streamPatience is how long a caller may read nothing of what was sent to it.
	streamPatience = 30 * time.Second
	// farewell is how long a stream that is over waits for its caller to read that.
	farewell = time.Second
	// reconnectAfter is how long a caller is told to wait until it connects again.
	reconnectAfter = 2 * time.Second
)

func (h *handlers) ListEvents(ctx context.Context, request server.ListEventsRequestObject) (server.ListEventsResponseObject, error) {
	p := request.Params
	found, err := h.Feed.List(ctx, actorOf(ctx),
		toSelection(p.Type, p.EntityType, p.EntityID, p.ProjectID), valueOr(p.After, ""), valueOr(p.PageSize, page.DefaultSize))
	if err != nil {
		return nil, err
	}
	return server.ListEvents200JSONResponse{
		Data: convertAll(found.Events, toEvent), NextCursor: found.Next, HasMore: found.More,
	}, nil
}

func (h *handlers) StreamEvents(ctx context.Context, request server.StreamEventsRequestObject) (server.StreamEventsResponseObject, error) {
	p := request.Params
	after := valueOr(p.After, "")
	if id := valueOr(p.LastEventID, ""); id != "" {
		after = id
	}
	follower, err := h.Streams.Open(ctx, actorOf(ctx), toSelection(p.Type, p.EntityType, p.EntityID, p.ProjectID), after)
	if err != nil {
		return nil, err
	}
	return eventStream{ctx: ctx, follower: follower, metrics: h.Metrics}, nil
}

func toSelection(types []string, entityType *api.EntityType, entityID, projectID *uuid.UUID) event.Selection {
	return event.Selection{Types: types, EntityType: (*string)(entityType), EntityID: entityID, ProjectID: projectID}
}

// streaming lifts the limits of a request's time from an operation whose answer
// does not end: it ends when its caller leaves, or does not read.
func streaming(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !operationOf(c).streams {
			return next(c)
		}
		request := c.Request()
		ctx, cancel := context.WithCancelCause(context.WithoutCancel(request.Context()))
		defer cancel(nil)
		if caller, ok := callerOf(request.Context()); ok {
			defer context.AfterFunc(caller, func() { cancel(context.Cause(caller)) })()
		}
		c.SetRequest(request.WithContext(ctx))
		// There is nothing more to read; the server's own limit would end the request.
		_ = http.NewResponseController(c.Response().Writer).SetReadDeadline(time.Time{})
		return next(c)
	}
}

// eventStream is the response that sends what the follower gets.
type eventStream struct {
	ctx      context.Context //nolint:containedctx // The generated code calls without one.
	follower *event.Follower
	metrics  *obs.Metrics
}

// VisitStreamEventsResponse sends until the stream ends or its caller leaves.
func (s eventStream) VisitStreamEventsResponse(w http.ResponseWriter) error {
	defer s.follower.Close()
	s.metrics.EventStreams(1)
	defer s.metrics.EventStreams(-1)
	header := w.Header()
	header.Set(echo.HeaderContentType, "text/event-stream")
	// A proxy that gathers the answer would keep it for ever.
	header.Set("X-Accel-Buffering", "no")
	out := streamWriter{controller: http.NewResponseController(w), w: w}
	// Whoever does not read is waited for no longer once the stream is over.
	over, cancel := context.WithCancel(s.ctx)
	defer cancel()
	go func() {
		select {
		case <-s.follower.Ended():
			_ = out.controller.SetWriteDeadline(time.Now().Add(farewell))
		case <-over.Done():
		}
	}()
	w.WriteHeader(http.StatusOK)
	first := encodeID(fmt.Appendf(nil, "retry: %d\n", reconnectAfter.Milliseconds()), s.follower.Begins())
	if err := out.send(streamPatience, append(first, '\n')); err != nil {
		return gone(err)
	}
	for {
		message, err := s.follower.Next(s.ctx)
		if err != nil {
			return gone(err)
		}
		if message.End != nil {
			return gone(out.send(farewell, encodeNotice("end", "", *message.End)))
		}
		if err := s.write(out, message); err != nil {
			return gone(err)
		}
	}
}

// chunk is how much is sent until it is looked whether the stream is over.
const chunk = 32 << 10

func (s eventStream) write(out streamWriter, message event.Message) error {
	var text []byte
	switch {
	case message.Reset != nil:
		text = encodeNotice("reset", message.Cursor, *message.Reset)
	case len(message.Events) == 0:
		text = append(encodeID([]byte(": heartbeat\n"), message.Cursor), '\n')
	}
	for _, delivery := range message.Events {
		var err error
		if text, err = appendEvent(text, delivery); err != nil {
			return err
		}
		if len(text) < chunk {
			continue
		}
		select {
		case <-s.follower.Ended():
			return nil
		default:
		}
		if err := out.send(streamPatience, text); err != nil {
			return err
		}
		text = text[:0]
	}
	return out.send(streamPatience, text)
}

// gone is the end of a stream, which is no failure: nobody takes a stream for
// complete, and its caller knows from where to go on.
func gone(error) error { return nil }

func appendEvent(text []byte, delivery event.Delivery) ([]byte, error) {
	data, err := json.Marshal(toEvent(delivery.Recorded))
	if err != nil {
		return nil, fmt.Errorf("encoding event %d: %w", delivery.ID, err)
	}
	text = encodeID(fmt.Appendf(text, "event: %s\n", delivery.Action), delivery.Cursor)
	return fmt.Appendf(text, "data: %s\n\n", data), nil
}

func encodeID(text []byte, cursor string) []byte {
	if cursor == "" {
		return text
	}
	return fmt.Appendf(text, "id: %s\n", cursor)
}

func encodeNotice(name, cursor string, notice event.Notice) []byte {
	var data bytes.Buffer
	// Two strings can be encoded.
	_ = json.NewEncoder(&data).Encode(api.EventStreamNotice{Code: api.EventStreamNoticeCode(notice.Code), Detail: notice.Detail}) //nolint:errchkjson // See above.
	text := fmt.Appendf(nil, "retry: %d\nevent: %s\n", reconnectAfter.Milliseconds(), name)
	return fmt.Appendf(encodeID(text, cursor), "data: %s\n", data.Bytes())
}

// streamWriter sends at once, and waits for a caller that does not read no
// longer than it is told to.
type streamWriter struct {
	controller *http.ResponseController
	w          http.ResponseWriter
}

func (o streamWriter) send(patience time.Duration, text []byte) error {
	if len(text) == 0 {
		return nil
	}
	// Where the connection takes no deadline there is none to keep.
	_ = o.controller.SetWriteDeadline(time.Now().Add(patience))
	if _, err := o.w.Write(text); err != nil {
		return err
	}
	return o.controller.Flush()
}
