package connector

import (
	"context"
	"fmt"
	"slices"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/nodehost/module"
)

// Checked is what a check of a configuration has found.
type Checked struct {
	Warnings []config.Warning
	// Faults is nil if the connector would run.
	Faults config.Faults
	// Modules are the npm modules that would run in the node host, in the order of the settings.
	Modules []HostedModule
}

// HostedModule is an npm module that a setting names, and that is there.
type HostedModule struct {
	// Setting is the path of the setting, such as accounts.bob.plugin.
	Setting string `json:"setting"`
	// Name is what the setting says.
	Name string `json:"name"`
	// Package and Version are those of the package that the module is in. They may be empty.
	Package string `json:"package,omitempty"`
	Version string `json:"version,omitempty"`
	// Path is the file that runs.
	Path string `json:"path"`
	// BuiltIn is the name of what is built in and does the same, empty if there is nothing.
	BuiltIn string `json:"builtIn,omitempty"`
}

// CheckAll does what Check does, and returns all that it has found.
func CheckAll(cfg *config.Config, options ...Option) (c Checked) {
	p := newParts(options)
	p.resolve = remembered(p.resolve)
	warnings, faults := checkParts(cfg, p)
	ofStore, storeFaults := checkStore(cfg, p)
	ofKept, keptFaults := checkKept(cfg, p)
	c.Faults = slices.Concat(faults, storeFaults, keptFaults)
	c.Warnings = slices.Concat(warnings, ofStore, ofKept, checkPorts(cfg), checkHostedPorts(cfg, p), checkEnv(cfg, p))
	ms, _ := findModules(cfg, p) // checkParts has the faults
	for _, h := range soundModules(cfg, p) {
		if m, there := ms.found[h.Module]; there {
			c.Modules = append(c.Modules, HostedModule{
				Setting: h.Path, Name: h.Name, Package: m.Package, Version: m.Version, Path: m.Path, BuiltIn: p.known().BuiltIn(h, m.Package),
			})
		}
	}
	return c
}

// remembered returns a resolver that looks once for the same.
func remembered(resolve resolver) resolver {
	type answer struct {
		results module.Results
		err     error
	}
	answers := make(map[string]answer)
	return func(ctx context.Context, o module.Options, names []string) (module.Results, error) {
		question := fmt.Sprintf("%q %q %q %q", o.Command, o.Dir, o.Paths, names)
		said, asked := answers[question]
		if !asked {
			said.results, said.err = resolve(ctx, o, names)
			answers[question] = said
		}
		return said.results, said.err
	}
}
