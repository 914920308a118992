// Command settings writes the reference of the settings from the program's own
// grammar.
package main

import (
	"fmt"
	"os"

	"github.com/aicoordination/coordinator/internal/config"
)

func main() {
	if err := write("deploy/configuration.md"); err != nil {
		fmt.Fprintln(os.Stderr, "settings:", err)
		os.Exit(1)
	}
}

func write(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := config.WriteReference(f); err != nil {
		return err
	}
	return f.Close()
}
