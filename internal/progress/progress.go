// Package progress owns how far a task is: the rule by which a parent's
// progress follows from its subtasks, and keeping what is stored up to date.
//
// It is beside event the only package that aggregates import: whoever changes
// what progress follows from maintains it in the same transaction.
package progress

import (
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
)

// Subtask is a subtask that counts: neither deleted nor cancelled.
type Subtask struct {
	Percent int16
	// Estimate is in minutes, nil where there is none.
	Estimate *int32
	// Subtasks are its own. They are looked at only when it has no estimate.
	Subtasks []Subtask
}

// Of returns how far a task is, in percent. Done is 100. Subtasks that count
// give their average, weighted and rounded down, so that 100 means that every
// one of them is at 100. Otherwise it is what was given by hand.
func Of(status db.TaskStatus, given int16, subtasks []Subtask) int16 {
	if status == db.TaskStatusDone {
		return 100
	}
	if len(subtasks) == 0 {
		return given
	}
	var sum, total int64
	for i, weight := range weights(subtasks) {
		sum += weight * int64(subtasks[i].Percent)
		total += weight
	}
	return int16(sum / total)
}

// weights returns what each of the subtasks weighs. One whose weight is not
// known weighs as much as its siblings with a known one do on average, rounded
// to a whole minute, or 1 when there is none.
func weights(subtasks []Subtask) []int64 {
	var sum, known int64
	found := make([]int64, len(subtasks))
	for i, s := range subtasks {
		if found[i] = s.weight(); found[i] > 0 {
			sum += found[i]
			known++
		}
	}
	average := int64(1)
	if known > 0 {
		average = (2*sum + known) / (2 * known)
	}
	for i := range found {
		if found[i] == 0 {
			found[i] = average
		}
	}
	return found
}

// weight is the subtask's estimate, else what its own subtasks weigh together
// if one of those has a weight, else 0 for not known.
func (s Subtask) weight() int64 {
	if s.Estimate != nil {
		return int64(*s.Estimate)
	}
	known := false
	for _, below := range s.Subtasks {
		known = known || below.weight() > 0
	}
	if !known {
		return 0
	}
	sum := int64(0)
	for _, weight := range weights(s.Subtasks) {
		sum += weight
	}
	return sum
}

// subtasksOf builds what stands below a task from the rows of its subtree.
func subtasksOf(id uuid.UUID, rows []db.ProgressListSubtasksRow) []Subtask {
	below := map[uuid.UUID][]db.ProgressListSubtasksRow{}
	for _, row := range rows {
		below[row.ParentID] = append(below[row.ParentID], row)
	}
	var build func(id uuid.UUID) []Subtask
	build = func(id uuid.UUID) []Subtask {
		var subtasks []Subtask
		for _, row := range below[id] {
			subtasks = append(subtasks, Subtask{Percent: row.Progress, Estimate: row.EstimateMinutes, Subtasks: build(row.ID)})
		}
		return subtasks
	}
	return build(id)
}
