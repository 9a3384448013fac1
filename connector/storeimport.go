package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/nodehost/contents"
	"github.com/ilp-go/connector/nodehost/module"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/bolt"
)

// StoreImport says what ImportStore takes over.
type StoreImport struct {
	// Module is the name of the store module, empty for the hosted store of the configuration.
	Module string
	// Config is what the constructor of the module gets: JSON. If it is nil and the module is that of the
	// configuration, it is what a connector would give it.
	Config json.RawMessage
	// Keys are the keys of the store if it lists none itself, nil to have them listed.
	Keys []string
	// Owners say whose keys are that do not begin with the id of their account.
	Owners []KeyOwner
	// DryRun changes nothing.
	DryRun bool
	// Overwrite replaces what our store has under a key with what the module has.
	Overwrite bool
	// Reason is for the audit log.
	Reason string
}

// ImportStore takes over what plugins have kept in a store module of the reference, into the store of a
// configuration that no connector has open. It runs Node.js, and blocks meanwhile. What the store has
// already stays as it is, unless o.Overwrite. Interrupted and called again, it goes on. With an error it
// returns what it has done until then.
func ImportStore(ctx context.Context, cfg *config.Config, o StoreImport, options ...Option) (done Imported, err error) {
	p := newParts(options)
	im, err := newImporter(cfg, o, p)
	if err != nil {
		return done, err
	}
	read, err := im.options()
	if err != nil {
		return im.done, err
	}
	if err := openable(cfg, p); err != nil {
		return im.done, err
	}
	reader, err := contents.Open(ctx, read)
	if err != nil {
		return im.done, im.ofModule(err)
	}
	defer func() { _ = reader.Close() }()
	im.reader, im.done.ListedBy = reader, reader.By
	if o.DryRun {
		err = im.try(p)
	} else {
		err = im.importAll(p)
	}
	im.done.sort()
	return im.done, err
}

// newImporter checks what is asked for.
func newImporter(cfg *config.Config, o StoreImport, p parts) (*importer, error) {
	switch {
	case cfg.NodeHost.Refused:
		return nil, errors.New("nodeHost is false, so that no npm module is run: remove that for the import")
	case cfg.StoreName() == memoryStore && cfg.HostedStore():
		return nil, errors.New("ledgerPath is not set, so that our own store would be in memory: set it to the directory for our store")
	case cfg.StoreName() == memoryStore:
		return nil, errors.New("storePath is not set, so that our own store would be in memory: set it to the directory for our store")
	case o.Module == "" && !cfg.HostedStore():
		return nil, errors.New("the store of the configuration is no npm module: name the module with --npm, and what its constructor gets with --options")
	}
	im := &importer{
		cfg: cfg, parts: p, asked: o, keeps: make(map[string]keeping), existing: make(map[string]digest), tokens: make(map[string][]byte),
		seen: make(map[string]struct{}), targets: make(map[string]digest), accounts: make(map[string]*ImportedAccount),
	}
	var ids []string
	for _, a := range cfg.Accounts {
		ids = append(ids, a.ID)
		im.keeps[a.ID] = keepingOf(p, a.Plugin)
	}
	for _, owner := range o.Owners {
		if !slices.Contains(ids, owner.Account) {
			return nil, fmt.Errorf("--account %s=%s: the configuration has no account of that id", owner.Prefix, owner.Account)
		}
	}
	im.owners = newKeyOwners(ids, o.Owners)
	im.done.Store, im.done.DryRun = cfg.StoreFile(), o.DryRun
	return im, nil
}

// options finds the module, and returns how to read it.
func (im *importer) options() (read contents.Options, err error) {
	setting, name := "store", im.cfg.Store
	if im.asked.Module != "" {
		setting, name = "--npm", config.ForceHosted+strings.TrimPrefix(im.asked.Module, config.ForceHosted)
	}
	of, _ := im.parts.known().Module(config.StoreModule, name)
	configured, _ := im.parts.known().Module(config.StoreModule, im.cfg.Store)
	ms := &modules{parts: im.parts, found: make(map[string]module.Found)}
	found, err := ms.get(im.cfg, config.Hosted{Kind: config.StoreModule, Path: setting, Name: name, Module: of})
	if err != nil {
		return read, errors.New(err.Error())
	}
	im.done.Module, im.done.Version = of, found.Version
	given := im.asked.Config
	switch {
	case given != nil:
	case of != configured:
		return read, fmt.Errorf("the store of the configuration is not %s: say with --options what its constructor gets, such as '{\"path\": \"/var/lib/former\"}'", of)
	default:
		if given, err = hostedStoreOptions(im.cfg); err != nil {
			return read, err
		}
	}
	node, _ := ms.where()
	return contents.Options{
		Node: node.Path, Dir: im.cfg.NodeHost.Cwd, Env: allowed(environment(im.cfg.NodeHost)), File: found.Path, Config: given, Keys: im.asked.Keys,
	}, nil
}

// openable returns why our store cannot be opened, nil if it can. It makes none.
func openable(cfg *config.Config, p parts) error {
	probe, ok := p.probes[cfg.StoreName()]
	if !ok {
		return nil
	}
	return notInUse(probe.open(cfg.StoreFile()))
}

// notInUse adds to the error of a store in use what to do before an import.
func notInUse(err error) error {
	if used, is := errors.AsType[*store.InUseError](err); is {
		return fmt.Errorf("%s is %w by %s: stop that before the import", used.Dir, store.ErrInUse, used.By)
	}
	return err
}

// ofModule adds to an error of the module what to do about it.
func (im *importer) ofModule(err error) error {
	err = fmt.Errorf("the npm module %s: %w", im.done.Module, err)
	if errors.Is(err, contents.ErrUnlistable) {
		err = fmt.Errorf("%w; write the keys into a file, one in a line, and name it with --keys", err)
	}
	return err
}

// try reads everything, and changes nothing.
func (im *importer) try(p parts) error {
	if probe, ok := p.probes[im.cfg.StoreName()]; ok {
		_, err := os.Stat(filepath.Join(im.cfg.StoreFile(), bolt.FileName))
		if err == nil {
			err = notInUse(probe.read(im.cfg.StoreFile(), im.addExisting))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return im.readAll(func(store.Batch) error { return nil })
	}
	kept, err := im.openStore(p)
	if err != nil {
		return err
	}
	err = im.readAll(func(store.Batch) error { return nil })
	return errors.Join(err, kept.Close())
}

// openStore opens our store, and notes what plugins have there.
func (im *importer) openStore(p parts) (store.Store, error) {
	kept, err := p.stores[im.cfg.StoreName()](StoreConfig{
		Path: im.cfg.StoreFile(), Durability: im.cfg.StoreDurability(), Config: im.cfg.StoreConfig, Log: p.log,
	})
	if err != nil {
		return nil, notInUse(err)
	}
	err = kept.Load(pluginNamespace+"/", func(key string, value []byte) error {
		im.addExisting(key, value)
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, kept.Close())
	}
	return kept, nil
}

// importAll writes what the module has into our store, with one entry in the audit log.
func (im *importer) importAll(p parts) (err error) {
	kept, err := im.openStore(p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kept.Close()) }()
	log, err := audit.Open(audit.Options{Ledger: kept, Log: p.log})
	if err != nil {
		return err
	}
	more, err := im.fill()
	if err != nil || len(im.pending) == 0 {
		return err // there is nothing to write
	}
	var failed error
	change := audit.Change{What: audit.ImportStore, Reason: im.asked.Reason, Details: map[string]string{"module": im.done.Module}}
	err = log.DoNoted(change, func(note *audit.Note) error {
		for failed = kept.Apply(im.pending); failed == nil; failed = kept.Apply(im.pending) {
			im.done.Written += len(im.pending)
			if !more {
				break
			}
			if more, failed = im.fill(); failed != nil {
				break
			}
		}
		note.Detail("entries", fmt.Sprint(im.done.Written))
		if im.done.Written == 0 {
			return failed
		}
		if failed != nil { // the entry says done of what was written
			note.Detail("incomplete", failed.Error())
		}
		return nil
	})
	return errors.Join(failed, err)
}
