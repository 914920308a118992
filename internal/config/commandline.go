package config

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// commandLine is what the arguments ask for, before any value is converted.
type commandLine struct {
	path          []string
	arguments     []string
	flags         []givenFlag
	help, version bool
	// unknownCommand is set when the command is not ours, and incomplete when it
	// lacks its subcommand or an argument.
	unknownCommand, incomplete bool
}

type givenFlag struct {
	flag *kong.Flag
	// shown is the flag as it was written: --migrate or --no-migrate.
	shown string
	value string
}

func (c commandLine) command() string { return strings.Join(c.path, " ") }

// canonical writes the command line in the one form that kong reads without
// ambiguity: the command first, every flag with its value, and the arguments
// where none of them can be taken for a flag.
func (c commandLine) canonical() []string {
	args := append([]string{}, c.path...)
	for _, given := range c.flags {
		args = append(args, "--"+given.flag.Name+"="+given.value)
	}

	if len(c.arguments) > 0 {
		args = append(append(args, "--"), c.arguments...)
	}

	return args
}

// scanner walks over arguments.
type scanner struct {
	*parser
	args  []string
	node  *kong.Node
	given commandLine
	// hiding names the flag whose value may go on in the next arguments, which
	// are then not shown: an unquoted password with a space in it arrives as two.
	hiding string
}

// scan splits args into the command and its flags, and records what is no
// command, no flag, no flag of that command, or lacks its value.
func (p *parser) scan(args []string) commandLine {
	s := scanner{parser: p, args: args, node: p.kong.Model.Node}
	for len(s.args) > 0 {
		arg := s.args[0]
		s.args = s.args[1:]

		switch {
		case arg == "-h" || arg == "--help":
			s.given.help = true
		case strings.HasPrefix(arg, "-") && arg != "-" && arg != "--":
			s.scanFlag(arg)
		default:
			s.scanArgument(arg)
		}
	}

	s.finish()

	return s.given
}

func (s *scanner) scanArgument(arg string) {
	if s.given.unknownCommand {
		// Its arguments, which cannot be judged.
		return
	}

	if arg == "help" && s.node.Parent == nil {
		s.given.help = true

		return
	}

	for _, child := range s.node.Children {
		if child.Name == arg {
			s.node = child
			s.given.path = append(s.given.path, arg)

			return
		}
	}

	if s.takesArgument() && s.hiding == "" {
		s.given.arguments = append(s.given.arguments, arg)

		return
	}

	mistake := Mistake{Setting: "argument", Given: quote(arg), Problem: "unexpected"}
	if s.hiding != "" {
		mistake.Given = ""
		mistake.Problem = "unexpected after " + s.hiding + "; quote a value that has spaces in it"
	} else if names := childNames(s.node); len(names) > 0 {
		s.given.unknownCommand = true
		mistake.Setting, mistake.Problem = "command", "unknown; expected "+oneOf(names)+suggestion(arg, names)
	}

	s.mistakes = append(s.mistakes, mistake)
}

// takesArgument tells whether the command has a place for one more argument; the
// last may be there for any number of them.
func (s *scanner) takesArgument() bool {
	places := s.node.Positional

	return len(s.given.arguments) < len(places) || len(places) > 0 && places[len(places)-1].IsCumulative()
}

func (s *scanner) scanFlag(arg string) {
	name, value, hasValue := strings.Cut(arg, "=")

	flag, negated := s.findFlag(name)
	if flag == nil {
		// Neither the value nor what follows is shown: it may be a secret whose
		// flag is misspelt.
		s.mistakes = append(s.mistakes, Mistake{Setting: name, Problem: "unknown flag" + suggestion(name, s.flagNames())})
		if !hasValue && s.nextIsValue() {
			s.args = s.args[1:]
		}

		s.hiding = name

		return
	}

	s.hiding = ""
	if isSecret(flag) {
		s.hiding = name
	}

	switch {
	case flag.Name == "version":
		s.given.version = true

		return
	case negated && hasValue:
		s.mistakes = append(s.mistakes, Mistake{Setting: name, Problem: "takes no value"})

		return
	case negated:
		value = "false"
	case hasValue:
	case flag.IsBool():
		value = "true"
	case s.nextIsArgument():
		value, s.args = s.args[0], s.args[1:]
	}

	if value == "" {
		s.mistakes = append(s.mistakes, Mistake{Setting: name, Problem: "needs a value"})
		s.refused[flag.Name] = true

		return
	}

	s.given.flags = append(s.given.flags, givenFlag{flag: flag, shown: name, value: value})
}

// nextIsArgument tells whether the next argument can be the value of a flag. One
// with a leading dash is written behind an equals sign.
func (s *scanner) nextIsArgument() bool {
	return len(s.args) > 0 && (s.args[0] == "-" || !strings.HasPrefix(s.args[0], "-"))
}

// nextIsValue tells whether the next argument seems to be the value of a flag
// that is unknown, and not the command.
func (s *scanner) nextIsValue() bool {
	if !s.nextIsArgument() {
		return false
	}

	return !slices.Contains(childNames(s.node), s.args[0])
}

// findFlag looks in every command, since a flag may stand before its command.
func (s *scanner) findFlag(name string) (flag *kong.Flag, negated bool) {
	for _, candidate := range allFlags(s.kong.Model.Node) {
		switch {
		case name == "--"+candidate.Name, candidate.Short != 0 && name == "-"+string(candidate.Short):
			return candidate, false
		case candidate.Tag.Negatable != "" && name == "--no-"+candidate.Name:
			return candidate, true
		}
	}

	return nil, false
}

func (s *scanner) flagNames() []string {
	var names []string
	for _, flag := range allFlags(s.kong.Model.Node) {
		names = append(names, "--"+flag.Name)
		if flag.Tag.Negatable != "" {
			names = append(names, "--no-"+flag.Name)
		}
	}

	return names
}

// finish settles the command and drops flags that belong to another.
func (s *scanner) finish() {
	if s.given.help || s.given.version || s.given.unknownCommand {
		return
	}

	if s.node.DefaultCmd != nil {
		s.node = s.node.DefaultCmd
		s.given.path = append(s.given.path, s.node.Name)
	}

	if names := childNames(s.node); len(names) > 0 {
		s.given.incomplete = true
		s.mistakes = append(s.mistakes, Mistake{Setting: s.given.command(), Problem: "needs a command: " + oneOf(names)})
	}

	for _, missing := range s.node.Positional[min(len(s.given.arguments), len(s.node.Positional)):] {
		if !missing.Required {
			continue
		}

		s.given.incomplete = true
		s.mistakes = append(s.mistakes, Mistake{Setting: strings.ToUpper(missing.Name), Problem: required})
	}

	var own []givenFlag

	for _, given := range s.given.flags {
		if !hasFlag(s.node, given.flag.Name) {
			s.mistakes = append(s.mistakes, Mistake{Setting: given.shown, Problem: "not a flag of " + s.given.command()})

			continue
		}

		s.source[given.flag.Name] = given.shown
		own = append(own, given)
	}

	s.given.flags = own
}

func hasFlag(node *kong.Node, name string) bool {
	for _, group := range node.AllFlags(false) {
		for _, flag := range group {
			if flag.Name == name {
				return true
			}
		}
	}

	return false
}

// allFlags lists the flags of node and of every command under it.
func allFlags(node *kong.Node) []*kong.Flag {
	flags := append([]*kong.Flag{}, node.Flags...)
	for _, child := range node.Children {
		flags = append(flags, allFlags(child)...)
	}

	return flags
}

func childNames(node *kong.Node) []string {
	var names []string
	for _, child := range node.Children {
		names = append(names, child.Name)
	}

	return names
}
