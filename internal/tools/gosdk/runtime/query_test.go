package client

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
)

func TestParametersAreSentAsTheContractHasThem(t *testing.T) {
	t.Parallel()
	values := url.Values{}
	set(values, "page", 2)
	set(values, "page_size", 0)
	set(values, "q", "a b")
	set(values, "cursor", "")
	set(values, "id", uuid.MustParse("0197f3a0-7c1e-7d2a-9b3c-00000000e002"))
	set(values, "no_id", uuid.UUID{})
	set(values, "from", time.Date(2026, 3, 4, 11, 0, 0, 0, time.FixedZone("", 3600)))
	set(values, "due", api.NewDate(2026, time.March, 4))
	setPointer(values, "ready", new(false))
	setPointer[bool](values, "blocked", nil)
	setEach(values, "status", []api.TaskStatus{api.TaskStatusTodo, api.TaskStatusBlocked})
	setEach[string](values, "none", nil)
	setJoined(values, "include", []string{"client", "team"})
	setJoined[string](values, "sort", nil)

	want := "due=2026-03-04&from=2026-03-04T10%3A00%3A00Z&id=0197f3a0-7c1e-7d2a-9b3c-00000000e002&include=client%2Cteam" +
		"&page=2&q=a+b&ready=false&status=todo&status=blocked"
	if got := values.Encode(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestABodyThatIsLeftOutIsNotNull(t *testing.T) {
	t.Parallel()
	if optional[api.LogoutRequest](nil) != nil {
		t.Error("nil would be sent as null")
	}
	if optional(&api.LogoutRequest{}) == nil {
		t.Error("a body is left out")
	}
}

func TestNoTimeIsNoneWhereverItIs(t *testing.T) {
	t.Parallel()
	values := url.Values{}
	set(values, "from", time.Time{}.In(time.FixedZone("", 3600)))
	set(values, "to", time.Date(2026, 3, 4, 10, 0, 0, 120_000_000, time.UTC))
	if got, want := values.Encode(), "to=2026-03-04T10%3A00%3A00.12Z"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
