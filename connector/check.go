package connector

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/store"
)

// Check finds out whether a connector could be made of a configuration, and would not refuse
// to run because of it: that files are there, options make sense, the store can be opened, and a
// start takes what the store has. It warns of what would run and probably is not meant, and of ports that are taken. Of a
// config.Draft it checks what is sound.
//
// Check makes and changes nothing. It listens for a moment on each port, one after the other. If the
// configuration names npm modules, it runs Node.js to find them, and loads none.
// The error is a config.Faults with all that would keep the connector from running.
func Check(cfg *config.Config, options ...Option) ([]config.Warning, error) {
	c := CheckAll(cfg, options...)
	if len(c.Faults) == 0 {
		return c.Warnings, nil
	}
	return c.Warnings, c.Faults
}

// checkStore warns of a store that keeps no balances, or that is in use. It returns the error
// of one that could not be opened.
func checkStore(cfg *config.Config, p parts) ([]config.Warning, config.Faults) {
	if !cfg.Sound("store") || !cfg.Sound("storePath") || !cfg.Sound("storeConfig.path") || !cfg.Sound("ledgerPath") {
		return nil, nil
	}
	warning := config.Warning(storeSetting(cfg))
	if cfg.StoreName() == memoryStore {
		if cfg.StoreFile() != "" || !hasBalances(cfg) {
			return nil, nil // package config warns of the path
		}
		warning.Problem = "is not set, so balances are only in memory: a restart forgets who owes whom"
		warning.Hint = "set it to a directory"
		return []config.Warning{warning}, nil
	}
	probe, ok := p.probes[cfg.StoreName()]
	if !ok {
		return nil, nil
	}
	warnings := checkMode(cfg, p)
	err := probe.open(cfg.StoreFile())
	var used *store.InUseError
	switch {
	case errors.As(err, &used):
		warning.Problem = fmt.Sprintf("%s is %v by %s, probably a running connector: a second one would not start", used.Dir, store.ErrInUse, used.By)
		warning.Hint = "stop that one before you start another"
		return append(warnings, warning), nil
	case err != nil:
		fault := storeSetting(cfg)
		fault.Problem = err.Error()
		return warnings, config.Faults{fault}
	}
	return warnings, nil
}

// storeError is why the store could not be opened, as a fault of its setting.
type storeError struct {
	fault config.Fault
	err   error
}

// cannotOpen returns the error of a store that could not be opened. If Check knows the store,
// the error names the setting and has the words of Check.
func cannotOpen(cfg *config.Config, p parts, err error) error {
	probe, ok := p.probes[cfg.StoreName()]
	if !ok {
		return fmt.Errorf("store %s: %w", cfg.StoreName(), err)
	}
	found := probe.open(cfg.StoreFile())
	if found == nil || errors.Is(err, store.ErrInUse) {
		found = err
	}
	return newStoreError(cfg, found, err)
}

// newStoreError returns err as a fault of the setting of the store, which is described as in
// problem.
func newStoreError(cfg *config.Config, problem, err error) error {
	fault := storeSetting(cfg)
	fault.Problem = problem.Error()
	return &storeError{fault, err}
}

// Error returns the fault.
func (e *storeError) Error() string { return e.fault.Error() }

// Unwrap returns the fault, and the error of the store.
func (e *storeError) Unwrap() []error { return []error{config.Faults{e.fault}, e.err} }

// storeSetting returns a fault of the setting that has, or could have, the path of the store.
func storeSetting(cfg *config.Config) config.Fault {
	path := "storePath"
	if cfg.HostedStore() {
		path = "ledgerPath"
	} else if _, own := cfg.StoreConfig["path"].(string); own {
		path = "storeConfig.path"
	}
	fault := located(cfg, config.Fault{Path: path})
	switch {
	case cfg.Origin(path) != "default":
	case path == "storePath":
		fault.Variable = "CONNECTOR_STORE_PATH"
	case path == "ledgerPath":
		fault.Variable = "CONNECTOR_LEDGER_PATH"
	}
	return fault
}

// located returns a fault with the variable that its setting came from.
func located(cfg *config.Config, fault config.Fault) config.Fault {
	setting, _, _ := strings.Cut(fault.Path, ".")
	setting, _, _ = strings.Cut(setting, "[")
	if origin := cfg.Origin(setting); origin != "file" && origin != "default" {
		fault.Variable = origin
	}
	return fault
}

// hasBalances reports whether an account has a balance.
func hasBalances(cfg *config.Config) bool {
	for _, a := range cfg.Accounts {
		if a.Balance != nil {
			return true
		}
	}
	return false
}

var _ error = (*storeError)(nil)
