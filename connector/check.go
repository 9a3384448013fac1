package connector

import (
	"errors"
	"fmt"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/store"
)

// Check finds out whether a connector could be made of a configuration, and would not refuse
// to run because of it: that files are there, options make sense, and the store can be opened. It
// warns of what would run and probably is not meant. It makes and changes nothing, and does not touch the network. The error is a
// config.Faults if a setting is at fault.
func Check(cfg *config.Config, options ...Option) ([]config.Warning, error) {
	p := newParts(options)
	c, err := newConnector(cfg, p)
	if err != nil {
		return nil, err
	}
	warnings, err := checkStore(cfg, p)
	return append(c.lintAssets(cfg.Accounts), warnings...), err
}

// checkStore warns of a store that keeps no balances, or that is in use. It returns the error
// of one that could not be opened.
func checkStore(cfg *config.Config, p parts) ([]config.Warning, error) {
	warning := config.Warning(storeSetting(cfg))
	if cfg.StoreName() == memoryStore {
		if cfg.StoreFile() != "" || !hasBalances(cfg) {
			return nil, nil // package config warns of the path
		}
		warning.Problem = "is not set, so balances are only in memory: a restart forgets who owes whom"
		warning.Hint = "set it to a directory"
		return []config.Warning{warning}, nil
	}
	probe := p.probes[cfg.StoreName()]
	if probe == nil {
		return nil, nil
	}
	err := probe(cfg.StoreFile())
	var used *store.InUseError
	switch {
	case errors.As(err, &used):
		warning.Problem = fmt.Sprintf("%s is %v by %s, probably a running connector: a second one would not start", used.Dir, store.ErrInUse, used.By)
		warning.Hint = "stop that one before you start another"
		return []config.Warning{warning}, nil
	case err != nil:
		fault := storeSetting(cfg)
		fault.Problem = err.Error()
		return nil, config.Faults{fault}
	}
	return nil, nil
}

// storeError is why the store could not be opened, as a fault of its setting.
type storeError struct {
	fault config.Fault
	err   error
}

// cannotOpen returns the error of a store that could not be opened. If Check knows the store,
// the error names the setting and has the words of Check.
func cannotOpen(cfg *config.Config, p parts, err error) error {
	probe := p.probes[cfg.StoreName()]
	if probe == nil {
		return fmt.Errorf("store %s: %w", cfg.StoreName(), err)
	}
	found := probe(cfg.StoreFile())
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
	setting, path := "storePath", "storePath"
	if _, own := cfg.StoreConfig["path"].(string); own {
		setting, path = "storeConfig", "storeConfig.path"
	}
	fault := config.Fault{Path: path, Variable: cfg.Origin(setting)}
	switch fault.Variable {
	case "file":
		fault.Variable = ""
	case "default":
		fault.Variable = "CONNECTOR_STORE_PATH"
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
