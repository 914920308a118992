package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// fixture is a contract like ours, as small as can be.
const fixture = `{
  "openapi": "3.0.3",
  "info": {"title": "Fixture", "version": "1.0.0"},
  "paths": {
    "/tasks": {
      "get": {
        "operationId": "listTasks",
        "parameters": [{"name": "status", "in": "query", "schema": {"$ref": "#/components/schemas/Status"}}],
        "responses": {"200": {"description": "OK.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Task"}}}}}
      },
      "post": {
        "operationId": "createTask",
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/TaskCreate"}}}},
        "responses": {"201": {"description": "OK.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Task"}}}}}
      }
    }
  },
  "components": {
    "schemas": {
      "Status": {"type": "string", "enum": ["todo", "done"], "x-closed-enum": "It is so."},
      "Kind": {"type": "string", "enum": ["bug"], "x-extensible-enum": ["bug"]},
      "Task": {
        "type": "object",
        "required": ["title", "status", "kind"],
        "properties": {
          "title": {"type": "string"},
          "status": {"$ref": "#/components/schemas/Status"},
          "kind": {"description": "What it is.", "allOf": [{"$ref": "#/components/schemas/Kind"}]}
        }
      },
      "TaskCreate": {
        "type": "object",
        "additionalProperties": false,
        "required": ["title"],
        "properties": {"title": {"type": "string", "maxLength": 300}}
      }
    }
  }
}`

func parse(t *testing.T) document {
	t.Helper()
	var found document
	if err := json.Unmarshal([]byte(fixture), &found); err != nil {
		t.Fatal(err)
	}
	return found
}

func propertiesOf(d document, schema string) map[string]any {
	return object(object(d.schemas()[schema])["properties"])
}

var text = map[string]any{"type": "string"}

func operationOf(d document, method string) map[string]any {
	return object(object(object(d["paths"])["/tasks"])[method])
}

// What breaks a caller is refused, by the tool that make check-contract runs.
func TestBreakingChangesAreRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(d document){
		"OperationIsGone":       func(d document) { delete(object(object(d["paths"])["/tasks"]), "get") },
		"FieldOfAnAnswerIsGone": func(d document) { delete(propertiesOf(d, "Task"), "title") },
		"FieldIsOfAnotherType":  func(d document) { propertiesOf(d, "Task")["title"] = map[string]any{"type": "integer"} },
		"FieldOfARequestIsRequired": func(d document) {
			propertiesOf(d, "TaskCreate")["due"] = text
			object(d.schemas()["TaskCreate"])["required"] = []any{"title", "due"}
		},
		"FieldOfARequestIsShortened": func(d document) { object(propertiesOf(d, "TaskCreate")["title"])["maxLength"] = 10 },
		"ParameterIsRequired":        func(d document) { object(operationOf(d, "get")["parameters"].([]any)[0])["required"] = true },
		"ClosedSetGrows":             func(d document) { object(d.schemas()["Status"])["enum"] = []any{"todo", "done", "lost"} },
		"DeprecatedForTooShortATime": func(d document) {
			operation := operationOf(d, "get")
			operation["deprecated"], operation["x-sunset"] = true, time.Now().AddDate(0, 5, 0).Format(time.DateOnly)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			present := parse(t)
			change(present)
			report, err := oasdiff{root: "../../.."}.breaking(t.Context(), parse(t), present, "internal/tools/contract/accepted.txt")
			if err == nil || !strings.Contains(err.Error(), "breaks callers") {
				t.Errorf("it is accepted (%v):\n%s", err, report)
			}
		})
	}
}

// A break that is to be all the same is named with its reason, and nothing else is accepted by that.
func TestAcceptedBreaksAreThoseThatAreNamed(t *testing.T) {
	t.Parallel()
	accepted := filepath.Join(t.TempDir(), "accepted.txt")
	if err := os.WriteFile(accepted, []byte(acceptedHeader+"# Nobody called it.\nget /tasks api removed without deprecation\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tool := oasdiff{root: "../../.."}
	present := parse(t)
	delete(object(object(present["paths"])["/tasks"]), "get")
	if report, err := tool.breaking(t.Context(), parse(t), present, accepted); err != nil {
		t.Errorf("what is accepted is refused: %v\n%s", err, report)
	}
	delete(propertiesOf(present, "Task"), "title")
	if report, err := tool.breaking(t.Context(), parse(t), present, accepted); err == nil {
		t.Errorf("what is not accepted passes:\n%s", report)
	}
}

func TestAdditionsAreAccepted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(d document)
		told   string
	}{
		"Nothing": {func(document) {}, ""},
		"Operation": {func(d document) {
			operation := parse(t)
			object(object(d["paths"])["/tasks"])["put"] = operationOf(operation, "post")
			operationOf(d, "put")["operationId"] = "replaceTasks"
		}, "New operations: `replaceTasks` (`PUT /tasks`)."},
		"FieldOfAnAnswer":  {func(d document) { propertiesOf(d, "Task")["due"] = text }, "New fields: `Task.due`."},
		"FieldOfARequest":  {func(d document) { propertiesOf(d, "TaskCreate")["due"] = text }, "New fields: `TaskCreate.due`."},
		"ValueOfAnOpenSet": {func(d document) { grow(d, "Kind", "bug", "idea") }, "New values: `idea` of `Kind`."},
		"SetIsOpened":      {func(d document) { grow(d, "Status", "todo", "done") }, "Sets of values that may grow from now on: `Status`."},
		"Parameter": {func(d document) {
			operation := operationOf(d, "get")
			operation["parameters"] = append(operation["parameters"].([]any), map[string]any{"name": "q", "in": "query", "schema": text})
		}, "`listTasks`: added the new optional `query` request parameter `q`."},
		"Deprecation": {func(d document) {
			operation := operationOf(d, "get")
			operation["deprecated"], operation["x-sunset"] = true, "2999-01-01"
		}, "`listTasks`: endpoint deprecated with sunset date `2999-01-01`."},
		"Callback": {func(d document) {
			operationOf(d, "post")["callbacks"] = map[string]any{"message": map[string]any{}}
		}, "Messages that the service sends: `message` of `createTask`."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			present := parse(t)
			test.change(present)
			tool := oasdiff{root: "../../.."}
			if report, err := tool.breaking(t.Context(), parse(t), present, "internal/tools/contract/accepted.txt"); err != nil {
				t.Errorf("it is refused: %v\n%s", err, report)
			}
			lines, err := changes(t.Context(), tool, parse(t), present)
			if err != nil {
				t.Fatal(err)
			}
			if test.told == "" && len(lines) > 0 || test.told != "" && !slices.Equal(lines, []string{test.told}) {
				t.Errorf("the changelog tells %q, want %q", lines, test.told)
			}
		})
	}
}

func grow(d document, schema string, values ...any) {
	set := object(d.schemas()[schema])
	set["enum"], set["x-extensible-enum"] = values, values
	delete(set, "x-closed-enum")
}

func TestTheSectionIsReplacedAndNothingElse(t *testing.T) {
	t.Parallel()
	before := "# Changelog\n\n" + sectionBegins + "\n- Old.\n" + sectionEnds + "\n\n## [0.1.0]\n"
	got, err := replaceSection(before, render("0.1.0", []string{"New."}))
	if want := "# Changelog\n\n" + sectionBegins + "\n- New.\n" + sectionEnds + "\n\n## [0.1.0]\n"; err != nil || got != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
	if _, err := replaceSection("# Changelog\n", ""); err == nil {
		t.Error("a changelog without the section is taken")
	}
}

func TestARelease(t *testing.T) {
	t.Parallel()
	on := time.Date(2027, 1, 2, 0, 0, 0, 0, time.UTC)
	before := "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n\n### Contract\n\n" + sectionBegins + "\n- New.\n" + sectionEnds + "\n\n## [0.1.0] - 2026-11-23\n"
	want := "# Changelog\n\n## [Unreleased]\n\n### Contract\n\n" + sectionBegins + "\nNothing in the contract has changed since 0.2.0.\n" + sectionEnds +
		"\n\n## [0.2.0] - 2027-01-02\n\n### Added\n\n- A thing.\n\n### Contract\n\n- New.\n\n## [0.1.0] - 2026-11-23\n"
	if got, err := cutRelease(before, "0.2.0", on); err != nil || got != want {
		t.Errorf("got %s (%v)\nwant %s", got, err, want)
	}
	for version, problem := range map[string]string{"v0.2": "is no version", "0.3.0": "is that of 1.0.0"} {
		if err := release(parse(t), version, on); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("releasing %s: got %v, want an error with %q", version, err, problem)
		}
	}
}

// Of the place of a field only its name is told; a pattern is no place, whatever slashes are in it.
func TestAPatternIsToldWhole(t *testing.T) {
	t.Parallel()
	got := others([]change{{
		ID: "request-property-pattern-added", OperationID: "createTask",
		Text: "added the pattern `^https?://\\S+$` to the request property `link/url`",
	}}, nil)
	if want := []string{"`createTask`: added the pattern `^https?://\\S+$` to the request property `url`."}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
