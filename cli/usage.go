package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ilp-go/connector/admin/client"
)

// begin checks the flags, finds the configuration file, and notes that the command line is
// right.
func (p *program) begin(command *cobra.Command, _ []string) error {
	if flags := command.Flags(); flags.Changed("token") && flags.Changed("token-file") {
		return errors.New("--token and --token-file cannot both be given")
	}
	if name := emptyFlag(command.Flags()); name != "" {
		return fmt.Errorf("--%s is empty: give it a value, or leave it out", name)
	}
	if err := checkPlace(command.Flags()); err != nil {
		return err
	}
	if !command.Flags().Changed("config") {
		p.configFile = os.Getenv(configVariable)
	}
	p.begun = true
	return nil
}

// checkPlace returns an error if --url or --token makes no sense.
func checkPlace(flags *pflag.FlagSet) error {
	if f := flags.Lookup("token"); f != nil {
		if err := client.CheckToken(f.Value.String()); err != nil {
			return fmt.Errorf("--token: %w", err)
		}
	}
	if !flags.Changed("url") {
		return nil
	}
	if _, err := client.New(flags.Lookup("url").Value.String(), ""); err != nil {
		return fmt.Errorf("--url: %w", err)
	}
	return nil
}

// emptyFlag returns the name of a flag that was given without text, or "". A script whose
// variable is not set gives such flags. A reason may be empty.
func emptyFlag(flags *pflag.FlagSet) (name string) {
	flags.Visit(func(f *pflag.Flag) {
		if f.Value.Type() == "string" && f.Value.String() == "" && f.Name != "reason" {
			name = f.Name
		}
	})
	return name
}

// goTestFlag returns an error if there is a flag of go test. pflag ignores these without a word.
func goTestFlag(args []string) error {
	for _, arg := range args {
		switch name := strings.TrimLeft(arg, "-"); {
		case arg == "--":
			return nil
		case name != arg && strings.HasPrefix(name, "test."):
			return fmt.Errorf("unknown flag %s", arg)
		}
	}
	return nil
}

// flagError returns an error about a flag in our own words.
func flagError(command *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var bare *pflag.ValueRequiredError
	var syntax *pflag.InvalidSyntaxError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		if unknown.GetSpecifiedShortnames() != "" {
			return fmt.Errorf("unknown flag -%s", unknown.GetSpecifiedName())
		}
		if unknown.GetSpecifiedName() == "config" {
			return fmt.Errorf("%s takes no --config: it reads no configuration", commandPath(command))
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
	if e.GetFlag().Value.Type() == "bool" {
		return fmt.Sprintf("%q is neither true nor false", e.GetValue())
	}
	return e.Unwrap().Error()
}
