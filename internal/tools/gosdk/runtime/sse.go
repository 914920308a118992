package client

import (
	"bufio"
	"bytes"
	"io"
	"strconv"
	"strings"
	"time"
)

// message is one message of a stream of server-sent events, as HTML defines them.
type message struct {
	event string
	data  string
	// id leads on behind the message; empty where it says nothing of that.
	id string
	// retry is how long to wait before connecting again; 0 where it says nothing of that.
	retry time.Duration
}

// messages reads messages.
type messages struct{ from *bufio.Reader }

func newMessages(body io.Reader) messages { return messages{bufio.NewReader(body)} }

// next returns the message that comes next, also one without data, which is a
// heartbeat. One whose end is missing is none.
func (m messages) next() (message, error) {
	var found message
	var data []string
	for {
		line, err := m.from.ReadBytes('\n')
		if err != nil {
			return message{}, err
		}
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		if len(line) == 0 {
			found.data = strings.Join(data, "\n")
			return found, nil
		}

		field, value, _ := strings.Cut(string(line), ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "event":
			found.event = value
		case "data":
			data = append(data, value)
		case "id":
			if !strings.Contains(value, "\x00") {
				found.id = value
			}
		case "retry":
			if milliseconds, err := strconv.ParseUint(value, 10, 31); err == nil {
				found.retry = time.Duration(milliseconds) * time.Millisecond
			}
		default: // A comment, whose field is empty, or what is not known yet.
		}
	}
}
