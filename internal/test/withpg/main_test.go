package main

import "testing"

func TestRun(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		args    []string
		code    int
		wantErr bool
	}{
		"SuccessIsPassedOn":        {[]string{"true"}, 0, false},
		"ExitCodeIsPassedOn":       {[]string{"sh", "-c", "exit 3"}, 3, false},
		"DeathBySignalIsAFailure":  {[]string{"sh", "-c", "kill -9 $$"}, 1, false},
		"MissingProgramIsReported": {[]string{"/there/is/no/such/program"}, 127, true},
		"MissingCommandIsAMistake": {nil, 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			code, err := run(test.args)
			if code != test.code || (err != nil) != test.wantErr {
				t.Errorf("the exit code is %d with error %v, want %d", code, err, test.code)
			}
		})
	}
}
