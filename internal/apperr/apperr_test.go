package apperr_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/apperr"
)

func TestError(t *testing.T) {
	t.Parallel()

	t.Run("CauseIsInTheLogAndNotInTheDetail", func(t *testing.T) {
		t.Parallel()
		cause := errors.New("connection refused")
		e := apperr.New(apperr.Unavailable, "Try again in %d seconds.", 5)
		e.Cause = cause
		if got, want := e.Error(), "unavailable: Try again in 5 seconds.: connection refused"; got != want {
			t.Errorf("Error() = %q, want %q", got, want)
		}
		if e.Detail != "Try again in 5 seconds." {
			t.Errorf("Detail = %q", e.Detail)
		}
		if !errors.Is(e, cause) {
			t.Error("the cause is not unwrapped")
		}
	})

	t.Run("WithoutCauseItIsCodeAndDetail", func(t *testing.T) {
		t.Parallel()
		e := apperr.New(apperr.Forbidden, "No.")
		if got := e.Error(); got != "forbidden: No." {
			t.Errorf("Error() = %q", got)
		}
		if e.Unwrap() != nil {
			t.Errorf("Unwrap() = %v", e.Unwrap())
		}
	})
}

func TestIs(t *testing.T) {
	t.Parallel()
	refusal := apperr.New(apperr.Conflict, "Taken.")
	for name, test := range map[string]struct {
		err  error
		code apperr.Code
		want bool
	}{
		"SameCode":        {refusal, apperr.Conflict, true},
		"WrappedSameCode": {fmt.Errorf("creating: %w", refusal), apperr.Conflict, true},
		"OtherCode":       {refusal, apperr.NotFound, false},
		"OtherError":      {errors.New("conflict: Taken."), apperr.Conflict, false},
		"NoError":         {nil, apperr.Conflict, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := apperr.Is(test.err, test.code); got != test.want {
				t.Errorf("Is = %v, want %v", got, test.want)
			}
		})
	}
}

func TestMissingSaysTheSameForWhateverReason(t *testing.T) {
	t.Parallel()
	id := uuid.MustParse("0197a1d2-0000-7000-8000-000000000001")
	e := apperr.Missing("task", id)
	want := &apperr.Error{
		Code:   apperr.NotFound,
		Detail: "There is no task 0197a1d2-0000-7000-8000-000000000001 that you can see.",
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Error(diff)
	}
}

func TestInvalid(t *testing.T) {
	t.Parallel()
	title := apperr.Field{Pointer: "/title", Code: "required", Detail: "Give the task a title."}
	due := apperr.Field{Pointer: "/due_date", Code: "date", Detail: "Write the date as 2026-01-31."}

	t.Run("OneMistakeIsTheDetail", func(t *testing.T) {
		t.Parallel()
		e := apperr.InvalidField("/title", "required", "Give the %s a title.", "task")
		want := &apperr.Error{Code: apperr.ValidationFailed, Detail: "Give the task a title.", Fields: []apperr.Field{title}}
		if diff := cmp.Diff(want, e); diff != "" {
			t.Error(diff)
		}
	})

	t.Run("AllMistakesAtOnce", func(t *testing.T) {
		t.Parallel()
		e := apperr.Invalid(title, due)
		want := &apperr.Error{
			Code: apperr.ValidationFailed, Detail: "2 fields are not acceptable; see errors.",
			Fields: []apperr.Field{title, due},
		}
		if diff := cmp.Diff(want, e); diff != "" {
			t.Error(diff)
		}
	})
}

func TestStaleVersionNamesBothVersions(t *testing.T) {
	t.Parallel()
	e := apperr.StaleVersion("task", 9, 7)
	if e.Code != apperr.VersionConflict {
		t.Errorf("Code = %s", e.Code)
	}
	want := "The task is at version 9, you sent 7. Read it again and repeat the change on what you find."
	if e.Detail != want {
		t.Errorf("Detail = %q, want %q", e.Detail, want)
	}
}
