package config

import (
	"slices"
	"strings"
)

// ModuleKind is what a setting names a module for.
type ModuleKind int

// The kinds of modules.
const (
	PluginModule ModuleKind = iota
	BackendModule
	StoreModule
	MiddlewareModule
)

// String returns the kind as a word.
func (k ModuleKind) String() string {
	return [...]string{"plugin", "backend", "store", "middleware"}[k]
}

// ForceHosted begins a name that is a hosted module even if something of that name is built in.
const ForceHosted = "npm:"

// Hosted is a hosted module that a setting names.
type Hosted struct {
	Kind ModuleKind
	// Path is the path of the setting, such as accounts.bob.plugin.
	Path string
	// Account is the id of the account, or the name of the middleware, if it is of one.
	Account string
	// Name is what the setting says, Module the same without [ForceHosted].
	Name, Module string
}

// Module returns the module that a name stands for if it is hosted: if it is not built in, or begins
// with [ForceHosted]. It reports false for any other name.
func (k Known) Module(kind ModuleKind, name string) (module string, hosted bool) {
	module, forced := strings.CutPrefix(name, ForceHosted)
	builtin := k.names(kind)
	return module, k.Hosting && module != "" && (forced || builtin != nil && !slices.Contains(builtin, name))
}

// names returns what is built in of a kind, nil if any name is allowed.
func (k Known) names(kind ModuleKind) []string {
	switch kind {
	case PluginModule:
		return k.Plugins
	case BackendModule:
		return k.Backends
	case MiddlewareModule:
		return k.Middlewares
	}
	if len(k.Stores) > 0 {
		return append([]string{storeAuto}, k.Stores...)
	}
	return k.Stores
}

// Hosted returns the hosted modules that a configuration names, in the order of the settings. It
// returns none if the configuration refuses them.
func (c *Config) Hosted(known Known) (all []Hosted) {
	add := func(kind ModuleKind, path, account, name string) {
		if module, hosted := known.Module(kind, name); hosted && !c.NodeHost.Refused {
			all = append(all, Hosted{Kind: kind, Path: path, Account: account, Name: name, Module: module})
		}
	}
	for _, a := range c.Accounts {
		add(PluginModule, a.Path("plugin"), a.ID, a.Plugin)
	}
	add(BackendModule, "backend", "", c.Backend)
	add(StoreModule, "store", "", c.Store)
	for _, m := range c.Middlewares {
		if !secondInstance(m.Type) {
			add(MiddlewareModule, at("middlewares", m.Name, "type"), m.Name, m.Type)
		}
	}
	return all
}

// HostedStore reports whether the store is a hosted module, which keeps what plugins store. Then
// StorePath and StoreConfig are for that module. StoreName, StoreFile and StoreDurability say where
// our own books are.
func (c *Config) HostedStore() bool { return c.hostsStore }
