package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/job"
)

// withJobs runs a command on the jobs of the database the configuration names.
func withJobs(ctx context.Context, cfg config.Database, fn func(*job.Manager) error) error {
	return withDatabase(ctx, cfg, func(d *database) error {
		if err := dbx.CheckMigrated(ctx, d.db); err != nil {
			return err
		}
		manager, err := job.NewManager(d.db, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		return fn(manager)
	})
}

// ListJobs prints background jobs, without what they hold.
func ListJobs(ctx context.Context, cfg config.JobsList, stdout io.Writer) error {
	filter := job.Filter{Limit: int(cfg.Limit)}
	if cfg.State != "" {
		filter.States = []string{cfg.State}
	}
	if cfg.Kind != "" {
		filter.Kinds = []string{cfg.Kind}
	}
	return withJobs(ctx, cfg.Database, func(m *job.Manager) error {
		jobs, err := m.List(ctx, filter)
		if err != nil {
			return err
		}
		if cfg.JSON {
			encoder := json.NewEncoder(stdout)
			for _, j := range jobs {
				if err := encoder.Encode(j); err != nil {
					return err
				}
			}
			return nil
		}
		return printJobs(jobs, stdout)
	})
}

func printJobs(jobs []job.Job, stdout io.Writer) error {
	if len(jobs) == 0 {
		_, err := fmt.Fprintln(stdout, "There are no such jobs.")
		return err
	}
	table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tKIND\tSTATE\tATTEMPT\tADDED\tNEXT\tREQUEST\tLAST ERROR")
	for _, j := range jobs {
		next := "-"
		if j.FinalizedAt == nil {
			next = j.ScheduledAt.UTC().Format(time.RFC3339)
		}
		request := j.RequestID
		if request == "" {
			request = "-"
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t%d/%d\t%s\t%s\t%s\t%s\n",
			j.ID, j.Kind, j.State, j.Attempt, j.MaxAttempts, j.CreatedAt.UTC().Format(time.RFC3339), next, request, oneLine(j.LastError))
	}
	return table.Flush()
}

// oneLine is the text as a cell of a table; all of it is in the JSON.
func oneLine(text string) string {
	const longest = 100
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) > longest {
		text = string([]rune(text)[:longest-1]) + "…"
	}
	if text == "" {
		return "-"
	}
	return text
}

// RetryJobs has jobs done again and says which.
func RetryJobs(ctx context.Context, cfg config.JobsRetry, stdout io.Writer) error {
	return withJobs(ctx, cfg.Database, func(m *job.Manager) error {
		if cfg.AllDiscarded {
			retried, err := m.RetryDiscarded(ctx, cfg.Kind)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(stdout, "%d discarded jobs are tried again.\n", retried)
			return err
		}
		for _, text := range cfg.IDs {
			id, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return err
			}
			j, err := m.Retry(ctx, id)
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(stdout, "The %s job %d is tried again.\n", j.Kind, j.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// CancelJob cancels a job and says what became of it.
func CancelJob(ctx context.Context, cfg config.JobsCancel, stdout io.Writer) error {
	return withJobs(ctx, cfg.Database, func(m *job.Manager) error {
		id, err := strconv.ParseInt(cfg.ID, 10, 64)
		if err != nil {
			return err
		}
		j, err := m.Cancel(ctx, id)
		if err != nil {
			return err
		}
		text := "The %s job %d is %s.\n"
		if j.State == "running" {
			text = "The %s job %d is %s, and was told to stop.\n"
		}
		_, err = fmt.Fprintf(stdout, text, j.Kind, j.ID, j.State)
		return err
	})
}
