package connector

import (
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/ilp-go/connector/config"
)

// storeProbe is how a store is looked at that is not opened.
type storeProbe struct {
	open    func(path string) error // returns what would keep the store from being opened
	read    func(path string, visit func(key string, value []byte)) error
	exposed func(path string) (mode fs.FileMode, yes bool) // reports whether other users can enter the store
}

// checkMode warns of a store that other users can enter.
func checkMode(cfg *config.Config, p parts) []config.Warning {
	probe, ok := p.probes[cfg.StoreName()]
	if !ok {
		return nil
	}
	mode, exposed := probe.exposed(cfg.StoreFile())
	if !exposed {
		return nil
	}
	warning := config.Warning(storeSetting(cfg))
	dir := cfg.StoreFile()
	if whole, err := filepath.Abs(dir); err == nil {
		dir = whole
	}
	warning.Problem = fmt.Sprintf("%s is open to every user of this machine (mode %04o), and holds balances and secrets", dir, mode)
	warning.Hint = "run: chmod 700 " + dir
	return []config.Warning{warning}
}
