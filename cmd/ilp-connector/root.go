package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/config"
)

// The exit statuses beside 0.
const (
	exitFailure = 1
	exitUsage   = 2 // the command line makes no sense
)

// program is what the commands share.
type program struct {
	stdout, stderr io.Writer
	configFile     string
	// begun is whether the command line made sense, and a command has begun.
	begun bool
}

// run runs a command line and returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	p := &program{stdout: stdout, stderr: stderr}
	root := p.root()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	command, err := root.ExecuteC()
	switch {
	case err == nil:
		return 0
	case !p.begun:
		_, _ = fmt.Fprintf(stderr, "%s: %s\nrun '%s --help' for what there is\n", root.Name(), err, command.CommandPath())
		return exitUsage
	case !errors.Is(err, errTold):
		_, _ = fmt.Fprintf(stderr, "%s: %s\n", root.Name(), explain(err))
	}
	return exitFailure
}

// errTold is a failure that the command has told of already.
var errTold = errors.New("failed")

// root is the command without a name: the daemon.
func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "ilp-connector",
		Short: "A router for value: an Interledger (ILPv4) connector",
		Long: "A router for value: an Interledger (ILPv4) connector.\n\n" +
			"Without a command it runs the connector that the CONNECTOR_* variables configure.",
		Args:                       noSuchCommand,
		SuggestionsMinimumDistance: 2,
		SilenceUsage:               true,
		SilenceErrors:              true,
		PersistentPreRun:           func(*cobra.Command, []string) { p.begun = true },
	}
	p.makeDaemon(root)
	root.PersistentFlags().StringVar(&p.configFile, "config", "",
		"configuration `file`, JSON or YAML; CONNECTOR_* variables win over it")
	root.AddCommand(
		p.runCommand(), p.checkCommand(),
		p.accountsCommand(), p.balanceCommand(), p.routesCommand(), p.ratesCommand(), p.alertsCommand(), p.pingCommand(),
		p.versionCommand(), p.demoCommand(),
	)
	return root
}

// noSuchCommand refuses what can only be meant as the name of a command.
func noSuchCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	text := fmt.Sprintf("unknown command %q", args[0])
	if similar := root.SuggestionsFor(args[0]); len(similar) > 0 {
		text += ", did you mean " + strings.Join(similar, " or ") + "?"
	}
	return errors.New(text)
}

// printf prints to the standard output. Where that fails nobody listens.
func (p *program) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(p.stdout, format, args...)
}

// show prints JSON, for people and programs alike.
func (p *program) show(document any) error {
	text, err := json.MarshalIndent(document, "", "  ")
	if err == nil {
		p.printf("%s\n", text)
	}
	return err
}

// explain is the text of an error, one line for each fault of a configuration.
func explain(err error) string {
	var faults config.Faults
	if !errors.As(err, &faults) {
		return err.Error()
	}
	lines := []string{"cannot run with this configuration:"}
	for _, f := range faults {
		lines = append(lines, "  "+f.Error())
	}
	return strings.Join(lines, "\n")
}
