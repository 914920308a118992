package samples_test

// notRun lists every block that is not run, with the reason. An entry that
// matches no block fails.
func notRun() []unrun {
	return []unrun{
		{selection{page: "README.md", text: "make run"}, "It goes on, and is what `make newcomer` times."},
	}
}

// goingOn lists every block that goes on until the reader ends it, with what is
// on the screen by then.
func goingOn() []endless {
	return []endless{
	}
}
