package site

import (
	"slices"
	"strings"
	"testing"
)

func TestGuideIsReadWithItsTitleSummaryAndSections(t *testing.T) {
	t.Parallel()
	g, err := readGuide("sample", []byte("# The `title`\n\nWhat it is\nabout. And more.\n\n## First *part*\n\nSee [errors](errors.md#codes), [there](https://example.com/a.md) and [below](#second).\n\n<b>no HTML</b>\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n## Second\n"))
	if err != nil {
		t.Fatal(err)
	}
	if g.Title != "The title" || g.Summary != "What it is about." {
		t.Errorf("the title is %q, the summary %q", g.Title, g.Summary)
	}
	if want := []heading{{"first-part", "First part"}, {"second", "Second"}}; !slices.Equal(g.Headings, want) {
		t.Errorf("the sections are %v", g.Headings)
	}
	for _, part := range []string{
		`<h2 id="first-part"><a href="#first-part" class="anchor">First <em>part</em></a></h2>`,
		`<a href="/docs/guides/errors#codes">errors</a>`,
		`<a href="https://example.com/a.md">there</a>`,
		`<a href="#second">below</a>`,
		"<table>",
	} {
		if !strings.Contains(string(g.Body), part) {
			t.Errorf("it does not have %s:\n%s", part, g.Body)
		}
	}
	if strings.Contains(string(g.Body), "<b>") {
		t.Errorf("HTML is passed on:\n%s", g.Body)
	}
}

func TestGuideWithoutTitleOrSummaryIsAnError(t *testing.T) {
	t.Parallel()
	for _, source := range []string{"", "Text.\n", "## Section\n\nText.\n", "# Title\n", "# Title\n\n- list\n"} {
		if _, err := readGuide("sample", []byte(source)); err == nil {
			t.Errorf("%q is taken", source)
		}
	}
}

func TestGuidesAreInTheirOrder(t *testing.T) {
	t.Parallel()
	guides, err := readGuides()
	if err != nil {
		t.Fatal(err)
	}
	last := -1
	for _, g := range guides {
		place := slices.Index(guideOrder, g.Name)
		if place < 0 {
			t.Errorf("%s has no place in the order", g.Name)
		}
		if place < last {
			t.Errorf("%s comes too late", g.Name)
		}
		last = place
	}
}
