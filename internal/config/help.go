package config

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// helpWidth keeps the help readable on a wide terminal.
const helpWidth = 110

// required stands in an unset tag where nothing can stand in for the setting.
const required = "required"

// formatHelp writes what a setting is for, then in brackets its default, what
// it accepts and its variable.
func formatHelp(value *kong.Value) string {
	var facts []string

	switch unset := value.Tag.Get("unset"); {
	case unset == required:
		facts = append(facts, required)
	case unset != "":
		facts = append(facts, "default: "+unset)
	case value.Default != "":
		facts = append(facts, "default: "+value.Default)
	case value.HasDefault:
		facts = append(facts, "no default for this user")
	}

	if least := value.Tag.Get("min"); least != "" {
		facts = append(facts, fmt.Sprintf("from %s to %s", least, value.Tag.Get("max")))
	}

	if variable := value.Tag.Get("env"); variable != "" {
		facts = append(facts, "$"+variable)
	}

	if len(facts) == 0 {
		return value.Help
	}

	return value.Help + " (" + strings.Join(facts, "; ") + ")"
}

// printHelp prints the help of the command that path names.
func (p *parser) printHelp(path []string) error {
	// Without the flag, kong would choose the default command.
	ctx, err := kong.Trace(p.kong, append(append([]string{}, path...), "--help=true"))
	if err != nil {
		return fmt.Errorf("printing the help: %w", err)
	}

	if err := ctx.PrintUsage(false); err != nil {
		return fmt.Errorf("printing the help: %w", err)
	}

	return nil
}
