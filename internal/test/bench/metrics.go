package bench

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// Counters are what a service has counted so far.
type Counters struct {
	// Requests are those answered, by the first digit of their status.
	Requests map[byte]float64
	// Mallocs and Bytes are objects and bytes allocated.
	Mallocs, Bytes float64
}

// Counters reads the service's metrics.
func (s *Service) Counters(ctx context.Context) (Counters, error) {
	c := Counters{Requests: map[byte]float64{}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.MetricsURL, nil)
	if err != nil {
		return c, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return c, fmt.Errorf("reading the metrics: %w", err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if err := c.add(lines.Text()); err != nil {
			return c, err
		}
	}
	if err := lines.Err(); err != nil {
		return c, fmt.Errorf("reading the metrics: %w", err)
	}
	if c.Mallocs == 0 || c.Bytes == 0 {
		return c, fmt.Errorf("%s does not tell what was allocated", s.MetricsURL)
	}
	return c, nil
}

var answered = regexp.MustCompile(`^coordinator_http_request_duration_seconds_count\{.*status="(\d)\d\d"`)

// add takes in a line of the metrics, in the text format of Prometheus.
func (c *Counters) add(line string) error {
	series, text, found := cutLast(line, " ")
	if !found || strings.HasPrefix(line, "#") {
		return nil
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return fmt.Errorf("reading the metric %s: %w", series, err)
	}
	switch series {
	case "go_memstats_mallocs_total":
		c.Mallocs = value
	case "go_memstats_alloc_bytes_total":
		c.Bytes = value
	default:
		if status := answered.FindStringSubmatch(series); status != nil {
			c.Requests[status[1][0]] += value
		}
	}
	return nil
}

// Since is what has been counted since the earlier reading.
func (c Counters) Since(earlier Counters) Counters {
	since := Counters{Requests: map[byte]float64{}, Mallocs: c.Mallocs - earlier.Mallocs, Bytes: c.Bytes - earlier.Bytes}
	for class, n := range c.Requests {
		since.Requests[class] = n - earlier.Requests[class]
	}
	return since
}

// Failed returns how many were not answered with 2xx, and which.
func (c Counters) Failed() (float64, string) {
	var failed float64
	var which []string
	for class, n := range c.Requests {
		if class != '2' && n > 0 {
			failed += n
			which = append(which, strconv.FormatFloat(n, 'f', 0, 64)+" × "+string(class)+"xx")
		}
	}
	return failed, strings.Join(which, ", ")
}
