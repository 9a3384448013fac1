package connector

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/memory"
)

// checkKept finds out what a start would make of what the store has: it reads the store into
// memory, and loads a connector from there that never runs. The faults keep a start from
// succeeding. The warnings name changes that a start leaves out or drops.
func checkKept(cfg *config.Config, p parts) (warnings []config.Warning, faults config.Faults) {
	probe, ok := p.probes[cfg.StoreName()]
	if !ok || probe.read == nil || !cfg.Sound("") {
		return nil, nil
	}
	quiet := slog.New(slog.DiscardHandler)
	copied := memory.New(quiet)
	var failed error
	err := probe.read(cfg.StoreFile(), func(key string, value []byte) {
		if err := copied.Apply(store.Batch{{Key: key, Value: slices.Clone(value)}}); err != nil {
			failed = err
		}
	})
	if err != nil || failed != nil {
		return nil, nil // there is none, it is in use, or it is damaged: checkStore says so
	}
	p.log, p.stores = quiet, maps.Clone(p.stores)
	p.stores[cfg.StoreName()] = func(StoreConfig) (store.Store, error) { return copied, nil }
	c, err := newConnector(cfg, p)
	if err != nil {
		return nil, nil // checkParts says so
	}
	defer c.life.end()
	before, settings, err := keptIn(copied)
	if err != nil {
		return nil, refusedBy(cfg, err)
	}
	closeStore, err := c.load()
	defer func() { _ = closeStore() }()
	if err != nil {
		return nil, refusedBy(cfg, err)
	}
	after, settingsAfter, _ := keptIn(copied)
	for _, id := range slices.Sorted(maps.Keys(before)) {
		reason, isOut := c.leftOut.Load(id)
		_, stays := after[id]
		if w, there := c.keptWarning(config.AccountPath(id), "accounts", before[id].At, reason, isOut, stays || c.isDeclared(id, before[id])); there {
			w.Hint = strings.ReplaceAll(w.Hint, "NAME", id)
			warnings = append(warnings, w)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		reason, isOut := c.leftOut.Load(settingKey(name))
		_, stays := settingsAfter[name]
		if w, there := c.keptWarning(name, name, settings[name].At, reason, isOut, stays || string(cfg.Setting(name)) == string(settings[name].Value)); there {
			w.Hint = strings.ReplaceAll(w.Hint, "NAME", "--setting "+name)
			warnings = append(warnings, w)
		}
	}
	return warnings, nil
}

func keptIn(s store.Store) (accounts map[string]keptAccount, settings map[string]keptSetting, err error) {
	if accounts, err = readKept[keptAccount](s, keptAccounts); err == nil {
		settings, err = readKept[keptSetting](s, keptSettings)
	}
	return accounts, settings, err
}

// keptWarning returns what a start says of a kept change that it leaves out or drops, false if it
// does neither.
func (c *Connector) keptWarning(path, setting string, at time.Time, reason any, isOut, stays bool) (config.Warning, bool) {
	w := config.Warning(located(c.cfg(), config.Fault{Path: path}))
	when := at.Format(time.RFC3339)
	switch {
	case isOut && setting == "accounts":
		w.Problem = fmt.Sprintf("was changed at %s while the connector ran, and a start leaves the account out, because that does not fit: %v", when, reason)
		w.Hint = "mend the configuration, or start it and discard the change with 'ilp-connector config discard NAME'"
	case isOut:
		w.Problem = fmt.Sprintf("was changed at %s while the connector ran, and a start uses the configuration, because that does not fit: %v", when, reason)
		w.Hint = "mend the configuration, or start it and discard the change with 'ilp-connector config discard NAME'"
	case !stays:
		w.Problem = fmt.Sprintf("was edited since it was changed at %s while the connector ran, so a start drops that change", when)
		w.Hint = "write the change into the configuration if it is to stay"
	default:
		return w, false
	}
	return w, true
}

// refusedBy returns why a start refuses what the store has, a fault for each line.
func refusedBy(cfg *config.Config, err error) (faults config.Faults) {
	for _, line := range strings.Split(err.Error(), "\n") {
		fault := storeSetting(cfg)
		fault.Problem = "a start refuses what the store has: " + line
		fault.Hint = "mend the configuration, or use the one that the store was written with"
		faults = append(faults, fault)
	}
	return faults
}
