package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
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
		Args:              takesNone,
		Version:           versionLine(client.OwnVersion()),
		SilenceUsage:      true,
		SilenceErrors:     true,
		PersistentPreRunE: p.begin,
	}
	p.makeDaemon(root)
	root.SetFlagErrorFunc(badFlag)
	root.SetVersionTemplate("{{.Version}}\n")
	root.Flags().Bool("version", false, "show what this program was built of")
	root.PersistentFlags().StringVar(&p.configFile, "config", "",
		"configuration `file`, JSON or YAML; CONNECTOR_* variables win over it")
	root.AddCommand(
		p.runCommand(), p.checkCommand(),
		p.accountsCommand(), p.balanceCommand(), p.routesCommand(), p.neighborsCommand(), p.ratesCommand(),
		p.settlementsCommand(), p.settleCommand(), p.alertsCommand(), p.auditCommand(), p.pingCommand(), p.storeCommand(),
		p.versionCommand(), p.demoCommand(),
	)
	return root
}

// printf prints to the standard output. Where that fails nobody listens.
func (p *program) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(p.stdout, format, args...)
}

// show prints JSON, for people and programs alike.
func (p *program) show(document any) error { return p.encode(document, "  ") }

// encode prints JSON as it is, without the escapes that web pages need, and a line
// feed.
func (p *program) encode(document any, indent string) error {
	encoder := json.NewEncoder(p.stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	return encoder.Encode(document)
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
