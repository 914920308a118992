package progress_test

import (
	"testing"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/progress"
)

func TestOf(t *testing.T) {
	t.Parallel()
	type subtasks = []progress.Subtask
	unestimated := func(percent int16, below ...progress.Subtask) progress.Subtask {
		return progress.Subtask{Percent: percent, Subtasks: below}
	}
	estimated := func(percent int16, minutes int32, below ...progress.Subtask) progress.Subtask {
		return progress.Subtask{Percent: percent, Estimate: &minutes, Subtasks: below}
	}
	for name, test := range map[string]struct {
		status   db.TaskStatus
		given    int16
		subtasks subtasks
		want     int16
	}{
		"LeafIsAsFarAsWasGiven":          {db.TaskStatusInProgress, 40, nil, 40},
		"LeafThatIsDoneIsAtAHundred":     {db.TaskStatusDone, 40, nil, 100},
		"CancelledLeafKeepsWhatWasGiven": {db.TaskStatusCancelled, 40, nil, 40},
		"ParentForgetsWhatWasGiven":      {db.TaskStatusTodo, 40, subtasks{unestimated(0)}, 0},
		// (100 + 50 + 0) / 3
		"WithoutEstimatesAllWeighTheSame": {db.TaskStatusTodo, 0, subtasks{unestimated(100), unestimated(50), unestimated(0)}, 50},
		// (100×30 + 0×90) / 120
		"WeightedByEstimate": {db.TaskStatusTodo, 0, subtasks{estimated(100, 30), estimated(0, 90)}, 25},
		// The average of 60 and 120 is 90: (100×90 + 0×60 + 0×120) / 270 = 33.3
		"WithoutAnEstimateWeighsTheAverage": {db.TaskStatusTodo, 0, subtasks{unestimated(100), estimated(0, 60), estimated(0, 120)}, 33},
		// The average of 1 and 2 is 1.5, rounded 2: 100×2 / (2 + 1 + 2) = 40; unrounded 33.3.
		"TheAverageIsAWholeMinute": {db.TaskStatusTodo, 0, subtasks{unestimated(100), estimated(0, 1), estimated(0, 2)}, 40},
		// (100×999 + 99×1) / 1000 = 99.999
		"RoundedDownSoThatAHundredMeansAll": {db.TaskStatusTodo, 0, subtasks{estimated(100, 999), estimated(99, 1)}, 99},
		"AllAtAHundredIsAHundred":           {db.TaskStatusTodo, 0, subtasks{estimated(100, 999), unestimated(100)}, 100},
		// The subtask weighs 30 + 60 = 90 through its own: (50×90 + 0×10) / 100
		"ASubtaskWeighsWhatItsOwnDo": {db.TaskStatusTodo, 0, subtasks{unestimated(50, estimated(50, 30), estimated(50, 60)), estimated(0, 10)}, 45},
		// 30 + 30 for the one without: (50×60 + 0×60) / 120
		"ItsOwnWithoutAnEstimateWeighTheirAverage": {db.TaskStatusTodo, 0, subtasks{unestimated(50, estimated(50, 30), unestimated(50)), estimated(0, 60)}, 25},
		// Its estimate of 10 counts and not the 90 below: (50×10 + 0×10) / 20
		"AnEstimateOfItsOwnComesFirst": {db.TaskStatusTodo, 0, subtasks{estimated(50, 10, estimated(50, 90)), estimated(0, 10)}, 25},
		// Nobody below has an estimate, so it weighs as much as its sibling.
		"WithoutAnyEstimateBelowItWeighsTheAverage": {db.TaskStatusTodo, 0, subtasks{unestimated(50, unestimated(50), unestimated(50)), estimated(0, 10)}, 25},
		// 20 two levels below: (100×20 + 0×20) / 40
		"WeightComesFromAnyDepth": {db.TaskStatusTodo, 0, subtasks{unestimated(100, unestimated(100, estimated(100, 20))), estimated(0, 20)}, 50},
		"LargestEstimatesDoNotOverflow": {db.TaskStatusTodo, 0, func() subtasks {
			var many subtasks
			for range 10_000 {
				many = append(many, estimated(100, 525_600))
			}
			return many
		}(), 100},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := progress.Of(test.status, test.given, test.subtasks); got != test.want {
				t.Errorf("it is at %d, want %d", got, test.want)
			}
		})
	}
}
