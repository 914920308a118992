package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
	"time"
	"unsafe"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/task"
)

// pageSize is how many tasks callers list at once where they want speed.
const pageSize = 50

// someTasks are rows of which about half the fields are null, as they are read.
func someTasks() []task.Task {
	at := time.Date(2026, time.April, 17, 9, 30, 15, 123456000, time.UTC)
	rows := make([]task.Task, pageSize)
	for i := range rows {
		rows[i] = task.Task{
			Task: db.Task{
				ID: uuid.New(), ProjectID: uuid.New(), Title: "Draw the page flow", Description: new("From the basket to the receipt & back."),
				Status: db.TaskStatusInProgress, Priority: db.PriorityHigh, AssigneeID: new(uuid.New()), EstimateMinutes: new(int32(90)),
				DueDate: &at, Version: 7, CreatedAt: at, CreatedBy: new(uuid.New()), UpdatedAt: at, UpdatedBy: new(uuid.New()),
				Tags: []string{"web", "shop"}, Position: "a0", Progress: 40, StartedAt: &at, ExternalSource: new("crm"), ExternalID: new("T-7"),
			},
			PrerequisiteIds: []uuid.UUID{uuid.New()},
		}
	}
	return rows
}

func aPage() *api.TaskPage {
	return &api.TaskPage{Data: convertAll(someTasks(), toTask), Page: toPageInfo(page.Info{Number: 1, Size: pageSize, Total: 1000, TotalPages: 20})}
}

// nowhere is an answer that is thrown away.
type nowhere struct{ header http.Header }

func (n *nowhere) Header() http.Header          { return n.header }
func (*nowhere) WriteHeader(int)                {}
func (*nowhere) Write(body []byte) (int, error) { return len(body), nil }

//nolint:paralleltest // Allocations are counted for the whole process.
func TestConvertingAListAllocatesTheListAlone(t *testing.T) {
	rows := someTasks()
	if got := testing.AllocsPerRun(100, func() { convertAll(rows, toTask) }); got > 1 {
		t.Errorf("converting %d tasks takes %v allocations, want 1", len(rows), got)
	}
	if size := unsafe.Sizeof(api.Task{}); size > 1<<10 {
		t.Errorf("a task takes %d bytes, want 1 KiB at most: one that is not included takes hardly any room", size)
	}
}

// The race detector throws buffers away that were put back, one in four: that is what more than nothing
// is allowed for.
//
//nolint:paralleltest // Allocations are counted for the whole process.
func TestEncodingAListAllocatesNothing(t *testing.T) {
	const thrownAway = 3
	tasks := aPage()
	buf, err := server.AppendJSON(nil, tasks)
	if err != nil {
		t.Fatal(err)
	}
	if got := testing.AllocsPerRun(100, func() { buf, _ = server.AppendJSON(buf[:0], tasks) }); got > thrownAway {
		t.Errorf("encoding %d tasks takes %v allocations, want none", len(tasks.Data), got)
	}

	// The two headers and the length in digits.
	answer := server.ListTasks200JSONResponse{Body: *tasks}
	w := &nowhere{header: http.Header{}}
	if got := testing.AllocsPerRun(100, func() { _ = answer.VisitListTasksResponse(w) }); got > 3+thrownAway {
		t.Errorf("answering with %d tasks takes %v allocations, want 3", len(tasks.Data), got)
	}
}

func BenchmarkConvertTasks(b *testing.B) {
	rows := someTasks()
	b.ReportAllocs()
	for b.Loop() {
		convertAll(rows, toTask)
	}
}

func BenchmarkEncodeTaskPage(b *testing.B) {
	tasks := aPage()
	b.Run("Generated", func(b *testing.B) {
		b.ReportAllocs()
		answer, w := server.ListTasks200JSONResponse{Body: *tasks}, &nowhere{header: http.Header{}}
		for b.Loop() {
			_ = answer.VisitListTasksResponse(w)
		}
	})
	b.Run("EncodingJSON", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var buf bytes.Buffer
			_ = json.NewEncoder(&buf).Encode(tasks)
		}
	})
}
