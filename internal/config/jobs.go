package config

import "strconv"

// JobsCommand groups the commands about background jobs.
type JobsCommand struct {
	List   JobsList   `cmd:"" help:"List background jobs, the newest first."`
	Retry  JobsRetry  `cmd:"" help:"Have jobs done again at once that failed, were cancelled or wait."`
	Cancel JobsCancel `cmd:"" help:"Keep a job from being done, or from being done again."`
}

// JobsList holds the settings of a list of jobs.
type JobsList struct {
	State string `name:"state" enum:"available,cancelled,completed,discarded,pending,retryable,running,scheduled," default:"" unset:"all" help:"State of the jobs: available, running, retryable, scheduled, completed, cancelled or discarded."`
	Kind  string `name:"kind" placeholder:"KIND" unset:"all" help:"Kind of the jobs, such as mail."`
	Limit int32  `name:"limit" placeholder:"N" default:"50" min:"1" max:"10000" help:"Most jobs that are listed."`
	JSON  bool   `name:"json" default:"false" help:"Print a JSON object a line in place of a table."`

	Database `group:"Database:"`
}

// JobsRetry names the jobs to do again: those of IDs, or all that are discarded.
type JobsRetry struct {
	IDs          []string `arg:"" name:"id" optional:"" help:"Ids of jobs, as in the list."`
	AllDiscarded bool     `name:"all-discarded" default:"false" help:"All jobs that have failed for the last time."`
	Kind         string   `name:"kind" placeholder:"KIND" unset:"all" help:"With --all-discarded, those of one kind alone."`

	Database `group:"Database:"`
}

// JobsCancel names the job to cancel.
type JobsCancel struct {
	ID string `arg:"" name:"id" help:"Id of the job, as in the list."`

	Database `group:"Database:"`
}

func (j JobsRetry) problems() []problem {
	var found []problem

	switch {
	case len(j.IDs) == 0 && !j.AllDiscarded:
		found = append(found, problem{flag: "id", text: "name the jobs by their ids, or say --all-discarded"})
	case len(j.IDs) > 0 && j.AllDiscarded:
		found = append(found, problem{flag: "all-discarded", text: "either name jobs or say --all-discarded"})
	}

	if j.Kind != "" && !j.AllDiscarded {
		found = append(found, problem{flag: "kind", text: "it takes --all-discarded"})
	}

	for _, id := range j.IDs {
		found = append(found, jobIDProblems(id)...)
	}

	return found
}

func (j JobsCancel) problems() []problem { return jobIDProblems(j.ID) }

func jobIDProblems(id string) []problem {
	if n, err := strconv.ParseInt(id, 10, 64); err != nil || n < 1 {
		return []problem{{flag: "id", given: quote(id), text: "expected the id of a job, a whole number as \"coordinator jobs list\" shows it"}}
	}

	return nil
}
