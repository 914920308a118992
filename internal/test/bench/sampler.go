package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Statement is one that the service has sent.
type Statement struct {
	// Name is that of the query it was generated from, such as TaskGet.
	Name string
	SQL  string
	// Args are its arguments as text, nil for NULL.
	Args []*string
	// Backend is the process that it was sent to.
	Backend int
}

// Sample is what the service has sent for one request, and its answer.
type Sample struct {
	Request    Request
	Statements []Statement
	Answer     []byte

	// own are those of its statements that the floor is made of.
	own []Statement
}

// Sampler finds out what the service sends for a request: PostgreSQL's own log
// says it, so that nothing stands between and nothing can be forgotten.
type Sampler struct {
	postgres *Postgres
	service  *Service
	database string
}

// NewSampler returns one for the service on that database.
func NewSampler(p *Postgres, s *Service, database string) *Sampler {
	return &Sampler{postgres: p, service: s, database: database}
}

const (
	beginMark = "SELECT 'sample begins' AS mark, "
	endMark   = "SELECT 'samples end' AS mark"
)

// Samples makes the requests one after the other and returns what was sent for
// each. A request that is not answered with 2xx is an error.
func (s *Sampler) Samples(ctx context.Context, requests []Request) (samples []Sample, err error) {
	conn, err := s.postgres.Connect(ctx, s.database)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	file, err := s.postgres.logFile()
	if err != nil {
		return nil, err
	}
	log, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("opening PostgreSQL's log: %w", err)
	}
	defer log.Close()
	if _, err := log.Seek(0, io.SeekEnd); err != nil {
		return nil, fmt.Errorf("reading PostgreSQL's log: %w", err)
	}
	if err := s.logging(ctx, conn, true); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil { // what else is measured is not to be logged
			err = errors.Join(err, s.logging(context.WithoutCancel(ctx), conn, false))
		}
	}()
	for i, request := range requests {
		if _, err := conn.Exec(ctx, beginMark+strconv.Itoa(i)); err != nil {
			return nil, fmt.Errorf("marking a sample: %w", err)
		}
		status, answer, err := s.service.Do(ctx, request)
		if err != nil {
			return nil, err
		}
		if status < 200 || status > 299 {
			return nil, fmt.Errorf("%s %s: %d %s", request.Method, request.Path, status, answer)
		}
		samples = append(samples, Sample{Request: request, Answer: answer})
	}
	if _, err := conn.Exec(ctx, endMark); err != nil {
		return nil, fmt.Errorf("marking the end: %w", err)
	}
	if err := s.logging(ctx, conn, false); err != nil {
		return nil, err
	}
	return samples, readSamples(ctx, log, samples)
}

// logging has every statement logged, or none. Connections take notice of it
// between two statements, which is waited for.
func (s *Sampler) logging(ctx context.Context, conn *pgx.Conn, on bool) error {
	steps := []string{"ALTER SYSTEM RESET log_statement", "ALTER SYSTEM RESET log_parameter_max_length"}
	if on {
		steps = []string{"ALTER SYSTEM SET log_statement = 'all'", "ALTER SYSTEM SET log_parameter_max_length = -1"}
	}
	for _, step := range append(steps, "SELECT pg_reload_conf()", "SELECT pg_sleep(0.2)") {
		if _, err := conn.Exec(ctx, step); err != nil {
			return fmt.Errorf("%s: %w", step, err)
		}
	}
	return nil
}

// readSamples reads the log up to the mark at the end and adds the statements to
// the samples.
func readSamples(ctx context.Context, log io.Reader, samples []Sample) error {
	reader := bufio.NewReaderSize(log, 1<<20)
	current := -1
	var line []byte
	for giveUp := time.Now().Add(20 * time.Second); ; {
		part, err := reader.ReadBytes('\n')
		line = append(line, part...)
		if errors.Is(err, io.EOF) { // the log's writer is behind
			if ctx.Err() != nil || time.Now().After(giveUp) {
				return errors.New("PostgreSQL's log does not tell what was sent")
			}
			time.Sleep(10 * time.Millisecond)
			continue
		}
		if err != nil {
			return fmt.Errorf("reading PostgreSQL's log: %w", err)
		}
		sent, err := parseLogged(line)
		if err != nil {
			return err
		}
		line = line[:0]
		switch {
		case sent == nil:
		case strings.HasPrefix(sent.SQL, endMark):
			return nil
		case strings.HasPrefix(sent.SQL, beginMark):
			current++
		case current >= 0:
			samples[current].Statements = append(samples[current].Statements, *sent)
		}
	}
}

var (
	logged    = regexp.MustCompile(`(?s)^(?:statement|execute [^:]+): (.*)$`)
	queryName = regexp.MustCompile(`(?m)^-- name: (\w+)`)
	parameter = regexp.MustCompile(`(?s)^\$(\d+) = (NULL|'(?:[^']|'')*')(?:, )?`)
)

// parseLogged reads a line of the log, and returns nil for one that tells no
// statement.
func parseLogged(line []byte) (*Statement, error) {
	var entry struct {
		PID     int    `json:"pid"`
		Message string `json:"message"`
		Detail  string `json:"detail"`
	}
	if err := json.Unmarshal(line, &entry); err != nil {
		return nil, fmt.Errorf("reading a line of PostgreSQL's log: %w: %s", err, line)
	}
	message := logged.FindStringSubmatch(entry.Message)
	if message == nil {
		return nil, nil
	}
	sent := &Statement{SQL: message[1], Backend: entry.PID}
	if name := queryName.FindStringSubmatch(sent.SQL); name != nil {
		sent.Name = name[1]
	}
	// Spelled "parameters:" up to PostgreSQL 15.
	rest, found := strings.CutPrefix(strings.TrimPrefix(strings.TrimPrefix(entry.Detail, "p"), "P"), "arameters: ")
	for found && rest != "" {
		argument := parameter.FindStringSubmatch(rest)
		if argument == nil || argument[1] != strconv.Itoa(len(sent.Args)+1) {
			return nil, fmt.Errorf("unexpected parameters in PostgreSQL's log: %s", entry.Detail)
		}
		rest = rest[len(argument[0]):]
		if argument[2] == "NULL" {
			sent.Args = append(sent.Args, nil)
			continue
		}
		sent.Args = append(sent.Args, new(strings.ReplaceAll(argument[2][1:len(argument[2])-1], "''", "'")))
	}
	return sent, nil
}

// Names are those of the statements, in their order, without what other work
// has sent meanwhile.
func (s Sample) Names() []string {
	var names []string
	for _, statement := range s.Statements {
		if !background.MatchString(statement.SQL) {
			names = append(names, statement.title())
		}
	}
	return names
}

// title is the statement's name, or how it begins.
func (s Statement) title() string {
	if s.Name != "" {
		return s.Name
	}
	words := strings.Fields(s.SQL)
	return strings.Join(words[:min(4, len(words))], " ")
}
