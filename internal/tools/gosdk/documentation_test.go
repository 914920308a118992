package main

import "testing"

func TestVersionIsNamedWhereItStands(t *testing.T) {
	t.Parallel()

	places := documented["README.md"]
	got, err := renameVersion([]byte("Coordinator v0.1.0 is ready.\ngo get "+clientModule+"@v0.1.0\nOthers stay: v0.1.0.\n"), places, "v1.20.3")
	if want := "Coordinator v1.20.3 is ready.\ngo get " + clientModule + "@v1.20.3\nOthers stay: v0.1.0.\n"; err != nil || string(got) != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
	if _, err := renameVersion([]byte("It is gone."), places, "v1.20.3"); err == nil {
		t.Error("that there is no place for it goes unnoticed")
	}
}
