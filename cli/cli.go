// Package cli is the command line of a connector: the daemon, and the commands for its
// operators.
//
// [Main] is a whole program, named as its binary. Give it the options of a connector of your own, and every
// command knows your plugins, middlewares, backends and stores. [Run] is the same for
// programs that do more, and for tests.
//
// Without a command the daemon runs, which the CONNECTOR_* variables configure, as they
// configure the npm ilp-connector. Each command has a file of its own. Most are thin
// clients of the admin API; remote.go holds what they share.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ilp-go/connector/admin/client"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
)

// The exit statuses beside 0.
const (
	exitFailure = 1
	exitUsage   = 2 // the command line makes no sense
)

// Main runs the command line of the process and exits with its status. The options are
// those of every connector that it checks or runs. WithLog among them wins over the log
// flags.
func Main(options ...connector.Option) {
	os.Exit(Run(context.Background(), os.Args[1:], os.Stdout, os.Stderr, options...))
}

// Run runs a command line and returns its exit status: 0 if it succeeded, 1 if it failed,
// 2 if the command line is wrong. A command that goes on, such as the daemon, ends when
// ctx ends. It ends on signals as well, and a later second signal exits the process.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer, options ...connector.Option) int {
	p := &program{name: ownName(os.Args[0]), stdout: stdout, stderr: stderr, options: options, exit: os.Exit}
	return p.run(ctx, args)
}

// run runs a command line as Run does.
func (p *program) run(ctx context.Context, args []string) int {
	root := p.root()
	if completes(args) {
		plainUsage(root)
	}
	root.SetArgs(numbersLast(root, commandFirst(root, args)))
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	command, err := root, goTestFlag(args)
	if err == nil {
		command, err = root.ExecuteContextC(ctx)
	}
	switch {
	case err == nil:
		return 0
	case !p.begun:
		_, _ = fmt.Fprintf(p.stderr, "%s: %s\nrun '%s --help' for help\n", root.Name(), err, command.CommandPath())
		return exitUsage
	case !errors.Is(err, errReported):
		_, _ = fmt.Fprintf(p.stderr, "%s: %s\n", root.Name(), explain(err))
	}
	return exitFailure
}

// program is what the commands share.
type program struct {
	// name is the name of the binary, which help, errors and completion show.
	name           string
	stdout, stderr io.Writer
	options        []connector.Option
	exit           func(status int) // ends the process at once
	configFile     string
	// begun reports whether the command line made sense, and a command has begun.
	begun bool
}

var errReported = errors.New("failed")

// root makes the command without a name, which is the daemon, and all others below it.
func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   p.name,
		Short: "A router for value: an Interledger (ILPv4) connector",
		Long: "A router for value: an Interledger (ILPv4) connector.\n\n" +
			"Without a command it runs the connector that the CONNECTOR_* variables configure.",
		Args:              noArgs,
		Version:           p.versionLine(client.OwnVersion()),
		SilenceUsage:      true,
		SilenceErrors:     true,
		PersistentPreRunE: p.begin,
	}
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	p.makeDaemon(root)
	root.SetFlagErrorFunc(flagError)
	root.SetVersionTemplate("{{.Version}}\n")
	root.Flags().Bool("version", false, "show the version of this program")
	root.AddCommand(
		p.runCommand(), p.checkCommand(),
		p.healthCommand(), p.accountsCommand(), p.peerCommand(), p.childrenCommand(), p.configCommand(), p.balanceCommand(), p.routesCommand(), p.neighborsCommand(), p.nodeHostsCommand(), p.ratesCommand(),
		p.pauseCommand(), p.resumeCommand(), p.pausesCommand(), p.reloadCommand(), p.settlementsCommand(), p.settleCommand(), p.channelsCommand(), p.earningsCommand(), p.alertsCommand(), p.rejectionsCommand(), p.auditCommand(), p.pingCommand(), p.storeCommand(),
		p.versionCommand(), p.demoCommand(),
	)
	p.addTopics(root)
	return root
}

// product is the name of our own binary.
const product = "ilp-connector"

// ownName returns the name of the binary that was started as path.
func ownName(path string) string {
	name := strings.TrimSuffix(filepath.Base(path), ".exe")
	if strings.HasPrefix(name, product+"_") { // a released binary, with its version and system
		return product
	}
	if name == "." || strings.ContainsAny(name, " \t/") { // cobra would cut it
		return product
	}
	return name
}

// example returns a command line for the help.
func (p *program) example(args string) string { return "  " + p.name + " " + args }

// printf prints to the standard output. It ignores errors, because nothing reads the output
// then.
func (p *program) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(p.stdout, format, args...)
}

// printJSON prints indented JSON.
func (p *program) printJSON(document any) error { return p.encode(document, "  ") }

// encode prints JSON and a line feed, without the escapes that web pages need.
func (p *program) encode(document any, indent string) error {
	encoder := json.NewEncoder(p.stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	return encoder.Encode(document)
}

// addConfig gives the flag of the configuration to a command that reads it.
func (p *program) addConfig(flags *pflag.FlagSet) {
	flags.StringVar(&p.configFile, "config", "",
		"configuration `file`, JSON or YAML; CONNECTOR_* variables override it (default "+configVariable+")")
}

// load reads and checks the configuration. The options decide which names it knows.
func (p *program) load() (*config.Config, []config.Warning, error) {
	return config.Load(p.configFile, os.Environ(), p.known())
}

// known returns the names and the variables that a configuration may use.
func (p *program) known() config.Known {
	known := connector.Known(p.options...)
	known.Variables = []string{configVariable, logLevelVariable, logFormatVariable}
	return known
}

// withLog returns the options for a connector that logs to log, unless they have another.
func (p *program) withLog(log *slog.Logger) []connector.Option {
	return append([]connector.Option{connector.WithLog(log)}, p.options...)
}

// explain returns the text of an error, with a line for each fault of a configuration.
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
