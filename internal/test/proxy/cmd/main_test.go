package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/internal/test/proxy"
)

func TestTheFirstLineSaysWhereItListensAndTheLastWhatItHasSeen(t *testing.T) {
	t.Parallel()
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer target.Close()

	ctx, stop := context.WithCancel(t.Context())
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"--target", target.URL}, write) }()

	out := bufio.NewReader(read)
	line, err := out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if !ok {
		t.Fatalf("the first line is %q", line)
	}
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/livez", http.NoBody)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()

	stop()
	line, err = out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var report proxy.Report
	if err := json.Unmarshal([]byte(line), &report); err != nil || report.Called["livez"] != 1 {
		t.Errorf("the last line is %s (%v)", line, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestMistakenFlagsAreRefused(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"--target", "somewhere"}, {"--target", "http://127.0.0.1:1", "--faults", "20"}} {
		if err := run(t.Context(), args, io.Discard); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
}
