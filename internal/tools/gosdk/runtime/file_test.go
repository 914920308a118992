package client

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// row is a line of a file.
type row struct {
	Title string `json:"title"`
}

func exported(t *testing.T, media, content string) *Download[row] {
	t.Helper()
	s := newScript(t, says(200, content, "Content-Type", media, "Content-Disposition", `attachment; filename="tasks.ndjson"`))
	sender, _ := connect(t, s.URL)
	file, err := download[row](sender.send(t.Context(), call{operation: "exportTasks", method: http.MethodGet, path: "/x", kind: fileCall}, nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}

func TestAFileIsReadLineByLine(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"Ended": "{\"title\":\"A\"}\n\n{\"title\":\"B\"}\n", "Unended": "{\"title\":\"A\"}\n{\"title\":\"B\"}"} {
		file := exported(t, mediaLines, content)
		var titles string
		for line, err := range file.Lines() {
			if err != nil {
				t.Fatal(err)
			}
			titles += line.Title
		}
		if titles != "AB" || file.Filename != "tasks.ndjson" {
			t.Errorf("%s: got %q of %q", name, titles, file.Filename)
		}
	}
}

func TestALineThatIsNoneEndsTheFile(t *testing.T) {
	t.Parallel()
	file := exported(t, mediaLines, "{\"title\":\"A\"}\nnonsense\n{\"title\":\"B\"}\n")
	lines := 0
	var failure error
	for _, err := range file.Lines() {
		lines++
		failure = err
	}
	if lines != 2 || failure == nil || !strings.Contains(failure.Error(), "line 2") {
		t.Errorf("%d lines and %v", lines, failure)
	}
}

func TestAFileOfAnotherTypeIsReadAsItIs(t *testing.T) {
	t.Parallel()
	file := exported(t, mediaCSV+"; charset=utf-8", "title\nA\n")
	content, err := io.ReadAll(file)
	if err != nil || string(content) != "title\nA\n" || file.ContentType != "text/csv; charset=utf-8" {
		t.Errorf("got %q of %s (%v)", content, file.ContentType, err)
	}
	for _, err := range exported(t, mediaCSV, "title\n").Lines() {
		if err == nil {
			t.Error("a CSV has lines to decode")
		}
	}
}

func TestLinesAreAFile(t *testing.T) {
	t.Parallel()
	upload, err := Lines(row{"A"}, row{"B"})
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(upload.Body)
	if err != nil || string(content) != "{\"title\":\"A\"}\n{\"title\":\"B\"}\n" || upload.ContentType != mediaLines {
		t.Errorf("got %q of %s (%v)", content, upload.ContentType, err)
	}
	if _, err := Lines(func() {}); err == nil {
		t.Error("what cannot be encoded is a line")
	}
}
