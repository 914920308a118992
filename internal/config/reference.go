package config

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// WriteReference writes every setting of every command as Markdown: what the
// help says, for who reads it before there is a machine to run it on.
func WriteReference(w io.Writer) error {
	// The defaults are those of a machine that nothing is known of.
	p, err := newParser(environment{}, machine{}, io.Discard, io.Discard)
	if err != nil {
		return err
	}
	var text strings.Builder
	text.WriteString("# Configuration\n\n" +
		"Written by `make gen` from the program itself: change `internal/config/config.go`.\n\n" +
		"Each setting is a flag and most are an environment variable as well; a flag wins over its variable. " +
		"A wrong or unknown setting stops the program, and all mistakes are listed at once.\n")
	for _, command := range p.kong.Model.Leaves(true) {
		writeCommand(&text, command)
	}
	_, err = io.WriteString(w, text.String())
	return err
}

func writeCommand(text *strings.Builder, command *kong.Node) {
	fmt.Fprintf(text, "\n## coordinator %s\n\n%s\n", commandPath(command), command.Help)
	for _, argument := range command.Positional {
		fmt.Fprintf(text, "\n`%s`: %s\n", strings.ToUpper(argument.Name), argument.Help)
	}
	// In the order of the program, each group together.
	var groups []string
	rows := map[string][]string{}
	// The doctor looks at a service, with all of its settings, which are in groups.
	isDoctor := Command(commandPath(command)) == CommandDoctor
	if isDoctor {
		text.WriteString("\nThe settings of `serve`, and:\n")
	}
	for _, flags := range command.AllFlags(true) {
		for _, flag := range flags {
			if flag.Name == "help" || flag.Name == "version" || isDoctor && flag.Group != nil {
				continue
			}
			group := "Options"
			if flag.Group != nil {
				group = strings.TrimSuffix(flag.Group.Title, ":")
			}
			if !slices.Contains(groups, group) {
				groups = append(groups, group)
			}
			rows[group] = append(rows[group], row(flag))
		}
	}
	for _, group := range groups {
		fmt.Fprintf(text, "\n### %s of %s\n\n| flag | variable | default | meaning |\n| --- | --- | --- | --- |\n%s", group, commandPath(command), strings.Join(rows[group], ""))
	}
}

func commandPath(command *kong.Node) string {
	if command.Parent == nil || command.Parent.Type == kong.ApplicationNode {
		return command.Name
	}
	return commandPath(command.Parent) + " " + command.Name
}

func row(flag *kong.Flag) string {
	name := "--" + flag.Name
	if flag.Tag.Negatable != "" {
		name = "--[no-]" + flag.Name
	}
	if flag.PlaceHolder != "" && !flag.IsBool() {
		name += "=" + flag.PlaceHolder
	}
	if flag.Short != 0 {
		name += ", -" + string(flag.Short)
	}
	initial := flag.Tag.Get("unset")
	switch {
	case initial != "":
	case flag.Name == "data-dir":
		initial = "where the system keeps data of this user"
	case flag.Default != "":
		initial = "`" + flag.Default + "`"
	case flag.IsBool():
		initial = "`false`"
	}
	meaning := flag.Help
	if least := flag.Tag.Get("min"); least != "" {
		meaning += fmt.Sprintf(" From %s to %s.", least, flag.Tag.Get("max"))
	}
	variable := flag.Tag.Get("env")
	if variable != "" {
		variable = "`" + variable + "`"
	}
	escape := strings.NewReplacer("|", `\|`, "<", "&lt;")
	return fmt.Sprintf("| `%s` | %s | %s | %s |\n", strings.ReplaceAll(name, "|", `\|`), variable, escape.Replace(initial), escape.Replace(meaning))
}
