package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
)

func (p *program) checkCommand() *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use:   "check",
		Short: "Check the configuration without running it",
		Long: "Check the configuration, in variables and in the file of --config, and print every error in it.\n" +
			"Check that the store could be opened and the ports are free, too. Nothing is made or changed.\n" +
			"The exit status is 0 if the connector would run with it, even if there are warnings. Otherwise it is 1.",
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return p.check(asJSON) },
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	p.addConfig(command.Flags())
	return command
}

// finding is an error or a warning in JSON.
type finding struct {
	Path     string `json:"path,omitempty"`
	Variable string `json:"variable,omitempty"`
	Problem  string `json:"problem"`
	Hint     string `json:"hint,omitempty"`
}

func (p *program) check(asJSON bool) error {
	cfg, warnings, err := config.Draft(p.configFile, os.Environ(), p.known())
	err = withFaults(err, newLogFlags().readVariables())
	checked := connector.CheckAll(cfg, p.options...)
	warnings = append(warnings, checked.Warnings...)
	var faults config.Faults
	errors.As(err, &faults)
	faults = append(faults, checked.Faults...)
	if asJSON {
		err = p.printFindingsJSON(faults, warnings, checked.Modules)
	} else {
		p.printModules(checked.Modules)
		p.printFindings(cfg, faults, warnings)
	}
	if len(faults) > 0 {
		return errReported
	}
	return err
}

func (p *program) printFindings(cfg *config.Config, faults config.Faults, warnings []config.Warning) {
	for _, w := range warnings {
		p.printf("warning: %s\n", w)
	}
	for _, f := range faults {
		p.printf("error: %s\n", f)
	}
	if len(faults) > 0 {
		p.printf("the connector will not run: %s, %s\n", count(len(faults), "error"), count(len(warnings), "warning"))
		return
	}
	address := cfg.ILPAddress
	if parent, inherited := cfg.AddressParent(); inherited {
		address = "address from " + parent.ID
	}
	store := cfg.StoreName()
	if cfg.HostedStore() {
		store += " for balances, " + cfg.Store + " for what plugins store"
	}
	p.printf("ok: %s, %s, %s, rates from %s, store %s, %s\n", address,
		count(len(cfg.Accounts), "account"), count(routes(cfg), "route"), cfg.Backend, store, count(len(warnings), "warning"))
}

// printModules prints which npm modules would run, and for which settings.
func (p *program) printModules(modules []connector.HostedModule) {
	var order []connector.HostedModule // with neither setting nor name
	settings := make(map[connector.HostedModule][]string)
	for _, m := range modules {
		setting := m.Setting
		m.Setting, m.Name = "", ""
		if settings[m] == nil {
			order = append(order, m)
		}
		settings[m] = append(settings[m], setting)
	}
	for _, m := range order {
		const most = 5
		name := strings.TrimSpace(m.Package + " " + m.Version)
		if name == "" {
			name = "without a name"
		}
		of := settings[m]
		if more := len(of) - most; more > 0 {
			of = append(of[:most:most], fmt.Sprintf("and %d more", more))
		}
		p.printf("npm module: %s, for %s, in %s\n", name, strings.Join(of, ", "), m.Path)
		if m.BuiltIn != "" {
			p.printf("  built in here as %s\n", m.BuiltIn)
		}
	}
}

// routes returns the number of configured routes that lead to an account. The warnings name the
// others.
func routes(cfg *config.Config) (n int) {
	for _, route := range cfg.Routes {
		if slices.ContainsFunc(cfg.Accounts, func(a config.Account) bool { return a.ID == route.PeerID }) {
			n++
		}
	}
	return n
}

func (p *program) printFindingsJSON(faults config.Faults, warnings []config.Warning, modules []connector.HostedModule) error {
	result := struct {
		OK       bool                     `json:"ok"`
		Errors   []finding                `json:"errors"`
		Warnings []finding                `json:"warnings"`
		Modules  []connector.HostedModule `json:"modules,omitempty"`
	}{len(faults) == 0, []finding{}, []finding{}, modules}
	for _, f := range faults {
		result.Errors = append(result.Errors, finding(f))
	}
	for _, w := range warnings {
		result.Warnings = append(result.Warnings, finding(w))
	}
	return p.printJSON(result)
}

// count returns a number of things in words.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
