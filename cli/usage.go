package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// begin takes note that the command line makes sense.
func (p *program) begin(command *cobra.Command, _ []string) error {
	if flags := command.Flags(); flags.Changed("token") && flags.Changed("token-file") {
		return errors.New("--token and --token-file cannot both be given")
	}
	p.begun = true
	return nil
}

// takesNone refuses arguments. Where there are commands below, an argument can only
// be meant as the name of one.
func takesNone(command *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	path := pathOf(command)
	if !command.HasAvailableSubCommands() {
		return fmt.Errorf("%s takes no arguments, and got %q", path, args[0])
	}
	command.SuggestionsMinimumDistance = 2 // else only names that begin like it are similar
	text := fmt.Sprintf("unknown command %q", strings.TrimSpace(path+" "+args[0]))
	if similar := command.SuggestionsFor(args[0]); len(similar) > 0 {
		text += ", did you mean " + strings.Join(similar, " or ") + "?"
	}
	return errors.New(text)
}

// takes refuses fewer arguments than least and more than most; what says which.
func takes(least, most int, what string) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return fmt.Errorf("%s takes %s, and got %s", pathOf(command), what, count(len(args), "argument"))
		}
		return nil
	}
}

// pathOf is what a command is called behind the name of the program.
func pathOf(command *cobra.Command) string {
	return strings.TrimSpace(strings.TrimPrefix(command.CommandPath(), command.Root().Name()))
}

// badFlag says what is wrong with a flag in the words of our other errors.
func badFlag(_ *cobra.Command, err error) error {
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
		return fmt.Errorf("--%s: %s", invalid.GetFlag().Name, badValue(invalid))
	}
	return err
}

// badValue says what is wrong with the value of a flag. Flags of types of our own say
// so themselves.
func badValue(e *pflag.InvalidValueError) string {
	switch e.GetFlag().Value.Type() {
	case "uint16":
		return fmt.Sprintf("%q is not a whole number from 0 to 65535", e.GetValue())
	case "bool":
		return fmt.Sprintf("%q is neither true nor false", e.GetValue())
	}
	return e.Unwrap().Error()
}
