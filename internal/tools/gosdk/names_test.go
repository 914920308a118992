package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	t.Parallel()

	for _, test := range []struct{ name, exported, unexported string }{
		{"task_id", "TaskID", "taskID"},
		{"id", "ID", "id"},
		{"q", "Q", "q"},
		{"listForTask", "ListForTask", "listForTask"},
		{"getJWKS", "GetJWKS", "getJWKS"},
		{"api_keys", "APIKeys", "apiKeys"},
		{"page-size", "PageSize", "pageSize"},
		{"format", "Format", "format"},
	} {
		if got := exported(test.name); got != test.exported {
			t.Errorf("%s is exported as %s, want %s", test.name, got, test.exported)
		}
		if got := unexported(test.name); got != test.unexported {
			t.Errorf("%s is %s as an argument, want %s", test.name, got, test.unexported)
		}
	}
}

func TestSingular(t *testing.T) {
	t.Parallel()

	for plural, want := range map[string]string{"Tasks": "Task", "APIKeys": "APIKey", "Time": "Time", "Statistics": "Statistics"} {
		if got := singular(plural); got != want {
			t.Errorf("one of %s is %s, want %s", plural, got, want)
		}
	}
}

func TestWalkName(t *testing.T) {
	t.Parallel()

	for method, want := range map[string]string{
		"List": "All", "ListForTask": "AllForTask", "GetHistory": "AllHistory", "Search": "SearchAll",
	} {
		if got := walkName(method); got != want {
			t.Errorf("everything of %s is %s, want %s", method, got, want)
		}
	}
}

func TestComments(t *testing.T) {
	t.Parallel()

	long := strings.Repeat("word ", 30)
	var out bytes.Buffer
	writeComment(&out, 1, "First.\n\nA list:\n\n- "+long+"\n- short", "", "Last.")

	want := "\t// First.\n\t//\n\t// A list:\n\t//\n" +
		"\t//   - " + strings.TrimSpace(strings.Repeat("word ", 18)) + "\n" +
		"\t//     " + strings.TrimSpace(strings.Repeat("word ", 12)) + "\n" +
		"\t//   - short\n\t//\n\t// Last.\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &out, want)
	}
}

func TestADescriptionBecomesASentenceAboutItsMethod(t *testing.T) {
	t.Parallel()

	for description, want := range map[string]string{
		"Returns, newest first, all.": "List returns, newest first, all.",
		"Returns all.":                "List returns all.",
		"A page of all.":              "List: A page of all.",
	} {
		if got := introduced("List", description); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
