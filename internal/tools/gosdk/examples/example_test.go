// Package client_test holds the examples of the Go SDK. They are copied into gen/client, where go doc
// shows them and where they are compiled and run.
package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
)

func Example() {
	ctx := context.Background()

	c, err := client.New("http://127.0.0.1:8080", client.WithAPIKey(os.Getenv("API_KEY")))
	if err != nil {
		log.Fatal(err)
	}
	page, err := c.Tasks.List(ctx, client.TaskListParams{Status: []api.TaskStatus{api.TaskStatusTodo}})
	if err != nil {
		log.Fatal(err)
	}
	for _, task := range page.Data {
		fmt.Println(task.Title)
	}
}

func ExampleSignIn() {
	ctx := context.Background()

	c, err := client.SignIn(ctx, "http://127.0.0.1:8080", "ana@studio.example", "coordinator-demo",
		client.OnSession(func(session *client.Session) {
			if session == nil {
				return // It has ended, and somebody has to sign in again.
			}
			keep(session) // In a place for secrets, from which WithSession goes on.
		}))
	if err != nil {
		log.Fatal(err)
	}
	me, err := c.Users.Me(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(me.Name)
}

func ExampleTasks_All() {
	ctx, c := context.Background(), newClient()

	overdue := client.TaskListParams{Overdue: new(true), Sort: "due_date"}
	for task, err := range c.Tasks.All(ctx, overdue) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(task.DueDate.MustGet(), task.Title)
	}
}

func ExampleTasks_Update() {
	ctx, c := context.Background(), newClient()

	task, err := c.Tasks.Get(ctx, uuid.MustParse("0197f3a0-7c1e-7d2a-9b3c-00000000e002"), client.TaskGetParams{})
	if err != nil {
		log.Fatal(err)
	}

	// The title changes, the due date is cleared, and everything else stays.
	_, err = c.Tasks.Update(ctx, task.ID, api.TaskUpdate{
		Title:   new("Build the checkout"),
		DueDate: client.Null[api.Date](),
	}, client.IfMatch(task.Version))
	if client.HasCode(err, api.ProblemCodeVersionConflict) {
		fmt.Println("somebody else was faster: read it again")
	}
}

func ExampleError() {
	ctx, c := context.Background(), newClient()

	_, err := c.Tasks.Create(ctx, api.TaskCreate{Title: ""})

	var problem *client.Error
	switch {
	case err == nil:
	case errors.As(err, &problem) && problem.Code == api.ProblemCodeValidationFailed:
		for _, field := range problem.Fields {
			fmt.Println(field.Pointer, field.Detail)
		}
	default:
		log.Fatal(err)
	}
}

func ExampleTransfer_ExportTasks() {
	ctx, c := context.Background(), newClient()

	file, err := c.Transfer.ExportTasks(ctx, client.TransferExportTasksParams{})
	if err != nil {
		log.Fatal(err)
	}

	// Lines closes the file; whoever reads it otherwise closes it.
	for record, err := range file.Lines() {
		if err != nil {
			log.Fatal(err) // The file is not complete.
		}
		fmt.Println(record.ExternalID, *record.Title)
	}
}

func ExampleTransfer_ImportTasks() {
	ctx, c := context.Background(), newClient()

	file, err := os.Open("tasks.csv")
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()

	report, err := c.Transfer.ImportTasks(ctx, client.CSV(file), client.TransferImportTasksParams{DryRun: true})
	if err != nil {
		log.Print(err)

		return
	}
	fmt.Println(report.Created, "would be new")
}

func ExampleEvents_Stream() {
	ctx, c := context.Background(), newClient()

	for event, err := range c.Events.Stream(ctx, client.EventStreamParams{Type: []string{"task.*"}}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(event.OccurredAt, event.Action, event.EntityID)
	}
}

func ExampleVerifyWebhook() {
	secret := os.Getenv("WEBHOOK_SECRET")

	http.HandleFunc("POST /hook", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			return
		}
		message, err := client.VerifyWebhook(body, r.Header, secret)
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)

			return
		}
		fmt.Println(message.Type)
	})
}

// A field that can be null is one of three: kept, cleared or set.
func ExampleNull() {
	for _, update := range []api.TaskUpdate{
		{},
		{DueDate: client.Null[api.Date]()},
		{DueDate: client.Value(api.NewDate(2026, time.April, 17))},
	} {
		written, err := json.Marshal(update)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(string(written))
	}
	// Output:
	// {}
	// {"due_date":null}
	// {"due_date":"2026-04-17"}
}

// A file of records is made of values, and can be sent as often as it has to be.
func ExampleLines() {
	file, err := client.Lines(
		api.ClientRecord{Source: "crm", ExternalID: "17", Name: new("Harbour Coffee")},
		api.ClientRecord{Source: "crm", ExternalID: "18", Email: client.Null[string]()},
	)
	if err != nil {
		log.Fatal(err)
	}
	written, err := io.ReadAll(file.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(file.ContentType, "\n", string(written))
	// Output:
	// application/x-ndjson
	// {"external_id":"17","name":"Harbour Coffee","source":"crm"}
	// {"email":null,"external_id":"18","source":"crm"}
}

func keep(*client.Session) {}

func newClient() *client.Client {
	c, err := client.New("http://127.0.0.1:8080", client.WithAPIKey("ck_live_example"))
	if err != nil {
		log.Fatal(err)
	}

	return c
}
