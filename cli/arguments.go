package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/ilp"
)

// noArgs refuses arguments. If the command has others below it, an argument was meant as the
// name of one.
func noArgs(command *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	path := commandPath(command)
	if !command.HasAvailableSubCommands() {
		return fmt.Errorf("%s takes no arguments, and got %q", path, args[0])
	}
	command.SuggestionsMinimumDistance = 2 // 0 finds only names that begin with the argument
	text := fmt.Sprintf("unknown command %q", strings.TrimSpace(path+" "+args[0]))
	if similar := command.SuggestionsFor(args[0]); len(similar) > 0 {
		text += ", did you mean " + strings.Join(similar, " or ") + "?"
	}
	return errors.New(text)
}

// wantArgs refuses fewer arguments than least, more than most, and empty ones. what names
// them all. Use of the command names each.
func wantArgs(least, most int, what string) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		path, names := commandPath(command), argNames(command)
		switch {
		case len(args) < least:
			return fmt.Errorf("%s takes %s, and the %s is missing", path, what, names[len(args)])
		case len(args) > most:
			return fmt.Errorf("%s takes %s, and %q is too many", path, what, args[most])
		}
		for i, arg := range args {
			if arg == "" {
				return fmt.Errorf("%s: the %s is empty", path, names[min(i, len(names)-1)])
			}
		}
		return nil
	}
}

// wantAddress refuses all but one ILP address.
func wantAddress(command *cobra.Command, args []string) error {
	err := wantArgs(1, 1, "an ILP address")(command, args)
	if err == nil && !ilp.ValidAddress(args[0]) {
		err = fmt.Errorf("%s: %q is not an ILP address: it takes a scheme, such as g or test, and at least one more segment of letters, "+
			"digits, _, ~ and -, with dots between", commandPath(command), args[0])
	}
	return err
}

// argNames returns the names of the arguments in Use of a command, without their brackets.
func argNames(command *cobra.Command) []string {
	names := strings.Fields(command.Use)[1:]
	for i, name := range names {
		names[i] = strings.Trim(name, "[].")
	}
	return names
}

// commandPath returns the names of a command behind that of the program.
func commandPath(command *cobra.Command) string {
	return strings.TrimSpace(strings.TrimPrefix(command.CommandPath(), command.Root().Name()))
}
