// Package expect is what tests expect of errors, of races and of the log of
// changes. It is imported by tests alone.
package expect

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/internal/apperr"
)

// OK fails the test at once if there is an error.
func OK(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Code fails the test at once unless err is a refusal of the code, and returns it.
func Code(t testing.TB, err error, code apperr.Code) *apperr.Error {
	t.Helper()
	refusal, ok := errors.AsType[*apperr.Error](err)
	if !ok || refusal.Code != code {
		t.Fatalf("the error is %v, want %s", err, code)
	}
	return refusal
}

// Fields fails the test unless err is a validation error with exactly these
// mistakes, each written as "pointer code".
func Fields(t testing.TB, err error, want ...string) {
	t.Helper()
	var got []string
	for _, f := range Code(t, err, apperr.ValidationFailed).Fields {
		got = append(got, f.Pointer+" "+f.Code)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s", diff)
	}
}

// Refusal fails the test unless err tells the caller what want does, and
// nothing else. Its cause is not compared, because no caller learns of it.
func Refusal(t testing.TB, err error, want *apperr.Error) {
	t.Helper()
	told := *Code(t, err, want.Code)
	told.Cause = nil
	if diff := cmp.Diff(want, &told); diff != "" {
		t.Errorf("the refusal (-want +got):\n%s", diff)
	}
}

// AnyRefusal fails the test at once unless err is a refusal, and returns it.
func AnyRefusal(t testing.TB, err error) *apperr.Error {
	t.Helper()
	refusal, ok := errors.AsType[*apperr.Error](err)
	if !ok {
		t.Fatalf("the error is %v, want a refusal", err)
	}
	return refusal
}
