package client

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// An import follows its rehearsal with the same file.
func TestUploadIsSentFromItsBeginningByEachCall(t *testing.T) {
	t.Parallel()

	reader := strings.NewReader("header\none\ntwo\n")
	if _, err := reader.Seek(int64(len("header\n")), io.SeekStart); err != nil {
		t.Fatal(err)
	}

	upload := NDJSON(reader)
	for range 2 {
		c, err := newContent(call{upload: &upload})
		if err != nil {
			t.Fatal(err)
		}
		body, err := c.open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if sent, err := io.ReadAll(body); err != nil || string(sent) != "one\ntwo\n" || c.length != int64(len(sent)) {
			t.Errorf("%d bytes are sent: %q, %v", c.length, sent, err)
		}
	}
}

func TestDownloadIsReadByLines(t *testing.T) {
	t.Parallel()

	type line struct{ N int }
	file := func(content io.Reader, contentType string) *Download[line] {
		got, err := download[line](&http.Response{
			Header: http.Header{"Content-Type": {contentType}, "Content-Disposition": {`attachment; filename="numbers.ndjson"`}},
			Body:   io.NopCloser(content),
		}, nil)
		if err != nil || got.Filename != "numbers.ndjson" {
			t.Fatalf("the file is called %q, %v", got.Filename, err)
		}

		return got
	}

	for name, test := range map[string]struct {
		content, contentType string
		cut                  error
		want                 int
		failure              string
	}{
		"Whole":            {content: "{\"N\":1}\n\n{\"N\":2}\n", contentType: mediaLines, want: 2},
		"WithoutALastEnd":  {content: "{\"N\":1}\n{\"N\":2}", contentType: mediaLines, want: 2},
		"Empty":            {contentType: mediaLines + "; charset=utf-8"},
		"CutShort":         {content: "{\"N\":1}\n{\"N\"", contentType: mediaLines, cut: io.ErrUnexpectedEOF, want: 1, failure: "reading line 2"},
		"LineThatIsBroken": {content: "{\"N\":1}\n{\"N\"\n", contentType: mediaLines, want: 1, failure: "decoding line 2"},
		"OtherFormat":      {content: "N\n1\n", contentType: mediaCSV, failure: "ask for the format ndjson"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var content io.Reader = strings.NewReader(test.content)
			if test.cut != nil {
				content = io.MultiReader(content, failing{test.cut})
			}

			var read int
			var failure error
			for _, err := range file(content, test.contentType).Lines() {
				if err != nil {
					failure = err

					break
				}
				read++
			}
			if read != test.want {
				t.Errorf("%d lines are read, want %d", read, test.want)
			}
			if (failure == nil) != (test.failure == "") || (failure != nil && !strings.Contains(failure.Error(), test.failure)) {
				t.Errorf("it ends with %v, want %q", failure, test.failure)
			}
			if test.cut != nil && !errors.Is(failure, test.cut) {
				t.Errorf("why it ends is not told: %v", failure)
			}
		})
	}
}

// failing is where a connection breaks off.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

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
