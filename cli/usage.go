package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ilp-go/connector/smallfile"
)

// begin checks the flags, finds the configuration file, and notes that the command line is
// right. Then it checks that reading the configuration will not wait without end.
// config.Load says what else is wrong with that file.
func (p *program) begin(command *cobra.Command, _ []string) error {
	if flags := command.Flags(); flags.Changed("token") && flags.Changed("token-file") {
		return errors.New("--token and --token-file cannot both be given")
	}
	if !command.Flags().Changed("config") {
		p.configFile = os.Getenv(configVariable)
	}
	p.begun = true
	if p.configFile == "" {
		return nil
	}
	if err := smallfile.Check(p.configFile); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

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

// wantArgs refuses fewer arguments than least, and more than most. what names them.
func wantArgs(least, most int, what string) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return fmt.Errorf("%s takes %s, and got %s", commandPath(command), what, count(len(args), "argument"))
		}
		return nil
	}
}

// commandPath returns the names of a command behind that of the program.
func commandPath(command *cobra.Command) string {
	return strings.TrimSpace(strings.TrimPrefix(command.CommandPath(), command.Root().Name()))
}

// flagError returns an error about a flag in our own words.
func flagError(_ *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var bare *pflag.ValueRequiredError
	var syntax *pflag.InvalidSyntaxError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		if unknown.GetSpecifiedShortnames() != "" {
			return fmt.Errorf("unknown flag -%s", unknown.GetSpecifiedName())
		}
		return fmt.Errorf("unknown flag --%s", unknown.GetSpecifiedName())
	case errors.As(err, &bare):
		return fmt.Errorf("--%s needs a value", bare.GetFlag().Name)
	case errors.As(err, &syntax):
		return fmt.Errorf("%s is not a flag", syntax.GetSpecifiedFlag())
	case errors.As(err, &invalid):
		return fmt.Errorf("--%s: %s", invalid.GetFlag().Name, flagProblem(invalid))
	}
	return err
}

// flagProblem returns what is wrong with the value of a flag. The flags of our own types say
// so themselves.
func flagProblem(e *pflag.InvalidValueError) string {
	switch e.GetFlag().Value.Type() {
	case "uint16":
		return fmt.Sprintf("%q is not a whole number from 0 to 65535", e.GetValue())
	case "bool":
		return fmt.Sprintf("%q is neither true nor false", e.GetValue())
	}
	return e.Unwrap().Error()
}
