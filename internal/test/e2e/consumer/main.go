// Command consumer is a program against the Go SDK alone, in a module of its own: it signs in, plans a
// project, does a part of it and tells how it stands. A test builds it, runs it against the service, and
// counts the modules that it needs.
//
//	consumer http://127.0.0.1:8080 ana@studio.example password
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	if err := run(ctx, os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "consumer:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, args []string) error {
	if len(args) != 3 {
		return errors.New("give the address of the service, an e-mail address and a password")
	}

	c, err := client.SignIn(ctx, args[0], args[1], args[2])
	if err != nil {
		return err
	}

	project, err := c.Projects.Create(ctx, api.ProjectCreate{Name: "Spring campaign"})
	if err != nil {
		return fmt.Errorf("opening a project: %w", err)
	}
	for _, title := range []string{"Brief", "Draft", "Launch"} {
		if _, err := c.Tasks.Create(ctx, api.TaskCreate{ProjectID: project.ID, Title: title}); err != nil {
			return fmt.Errorf("planning %s: %w", title, err)
		}
	}

	params := client.TaskListParams{ProjectID: []api.ProjectID{project.ID}, Sort: "created_at", PageSize: 2}
	for task, err := range c.Tasks.All(ctx, params) {
		if err != nil {
			return fmt.Errorf("reading the plan: %w", err)
		}
		if task.Title == "Brief" {
			if err := finish(ctx, c, task); err != nil {
				return err
			}
		}
		fmt.Fprintln(out, task.Title)
	}

	statistics, err := c.Projects.GetStatistics(ctx, project.ID, client.ProjectGetStatisticsParams{})
	if err != nil {
		return fmt.Errorf("reading how it stands: %w", err)
	}
	fmt.Fprintf(out, "%d of %d done\n", statistics.ByStatus.Done, statistics.Total)

	return nil
}

// finish takes a task through its statuses. Somebody who still holds the first version is told so.
func finish(ctx context.Context, c *client.Client, task api.Task) error {
	started, err := c.Tasks.SetStatus(ctx, task.ID, api.TaskStatusChange{Status: api.TaskStatusInProgress}, client.IfMatch(task.Version))
	if err != nil {
		return fmt.Errorf("starting %s: %w", task.Title, err)
	}

	done := api.TaskStatusChange{Status: api.TaskStatusDone}
	if _, err := c.Tasks.SetStatus(ctx, task.ID, done, client.IfMatch(task.Version)); !client.HasCode(err, api.ProblemCodeVersionConflict) {
		return fmt.Errorf("finishing a version of %s that is no more: %w", task.Title, err)
	}
	if _, err := c.Tasks.SetStatus(ctx, task.ID, done, client.IfMatch(started.Version)); err != nil {
		return fmt.Errorf("finishing %s: %w", task.Title, err)
	}

	return nil
}
