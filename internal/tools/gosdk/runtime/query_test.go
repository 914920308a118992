package client

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
)

// What has its zero value is not sent, unless a pointer says that it is meant.
func TestQueryHasWhatIsSet(t *testing.T) {
	t.Parallel()

	values := make(url.Values)
	set(values, "none", "")
	set(values, "no_id", uuid.Nil)
	set(values, "no_day", api.Date{})
	set(values, "no_time", time.Time{})
	setPointer[bool](values, "neither", nil)
	setEach(values, "empty", []string{})
	setJoined[string](values, "nil", nil)

	set(values, "page", 2)
	set(values, "day", api.NewDate(2026, time.April, 7))
	set(values, "id", uuid.MustParse("0197f3a0-7c1e-7d2a-9b3c-00000000e002"))
	set(values, "at", time.Date(2026, time.April, 7, 12, 0, 0, 5, time.FixedZone("east", 2*60*60)))
	setPointer(values, "overdue", new(false))
	setEach(values, "status", []api.TaskStatus{api.TaskStatusTodo, api.TaskStatusDone})
	setJoined(values, "include", []api.TaskInclude{api.TaskIncludeAssignee, api.TaskIncludeProject})

	want := "at=2026-04-07T10%3A00%3A00.000000005Z&day=2026-04-07&id=0197f3a0-7c1e-7d2a-9b3c-00000000e002&include=assignee%2Cproject" +
		"&overdue=false&page=2&status=todo&status=done"
	if got := values.Encode(); got != want {
		t.Errorf("the query is\n%s, want\n%s", got, want)
	}
}

// A body that is left out is not null.
func TestOptionalBody(t *testing.T) {
	t.Parallel()

	if body := optional[api.TimerStart](nil); body != nil {
		t.Errorf("no body is %#v", body)
	}
	if body := optional(&api.TimerStart{}); body == nil {
		t.Error("an empty body is none")
	}
}
