package connector

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/nodehost/module"
)

// resolver finds npm modules, as module.Resolve does.
type resolver func(context.Context, module.Options, []string) (module.Results, error)

// modules are the npm modules that a connector hosts. Its methods are safe for concurrent use.
type modules struct {
	parts   parts
	mu      sync.Mutex
	node    module.Node
	folders []string                // in which modules are looked for
	found   map[string]module.Found // by name, without config.ForceHosted
}

// findModules finds the modules that a configuration names. It runs Node.js if there are any, and
// blocks meanwhile. The faults are about those that are not there. Of a config.Draft it looks for those of
// sound settings.
func findModules(cfg *config.Config, p parts) (*modules, config.Faults) {
	ms := &modules{parts: p, found: make(map[string]module.Found)}
	return ms, ms.find(cfg, soundModules(cfg, p))
}

// soundModules returns the hosted modules that sound settings name.
func soundModules(cfg *config.Config, p parts) (all []config.Hosted) {
	if !cfg.Sound("nodeHost") {
		return nil
	}
	for _, h := range cfg.Hosted(p.known()) {
		if cfg.Sound(h.Path) {
			all = append(all, h)
		}
	}
	return all
}

// moduleOptions returns where a configuration has modules looked for.
func moduleOptions(cfg *config.Config) module.Options {
	return module.Options{Command: cfg.NodeHost.Command, Dir: cfg.NodeHost.Cwd, Paths: cfg.NodeHost.Paths}
}

// find finds modules and keeps them. The faults are about those that are not there.
func (ms *modules) find(cfg *config.Config, all []config.Hosted) (faults config.Faults) {
	if len(all) == 0 {
		return nil
	}
	var names []string
	asked := make(map[string]bool)
	for _, h := range all {
		if !asked[h.Module] {
			names = append(names, h.Module)
		}
		asked[h.Module] = true
	}
	options := moduleOptions(cfg)
	r, err := ms.parts.resolve(context.Background(), options, names)
	results := make(map[string]module.Found)
	for _, m := range r.Modules {
		results[m.Name] = m
	}
	ms.mu.Lock()
	defer ms.mu.Unlock()
	ms.node, ms.folders = r.Node, r.Folders
	for _, h := range all {
		m := results[h.Module]
		if err == nil && m.Err == nil {
			ms.found[h.Module] = m
			continue
		}
		fault := config.Fault{Path: h.Path}
		advice := ms.parts.known().Advise(h)
		switch {
		case err != nil:
			fault.Problem, fault.Hint = noNode(h, advice, err), nodeHint(err)
		case isFile(h.Module):
			fault.Problem, fault.Hint = noFile(h, options, m.Err), "correct the path; a relative one counts from "+options.Base()
		default:
			fault.Problem, fault.Hint = noModule(h, advice, r.Places, m.Err), installHint(h, options, m.Err)
		}
		switch {
		case advice.Near != "":
			fault.Hint = "did you mean " + advice.Near + "? otherwise " + fault.Hint
		case advice.Use != "" && (err == nil || lacksNode(err)):
			fault.Hint += "; or " + advice.Use
		}
		faults = append(faults, located(cfg, fault))
	}
	return faults
}

// get returns a module that find has found, or looks for it now. The error is a config.Faults.
func (ms *modules) get(cfg *config.Config, h config.Hosted) (module.Found, error) {
	ms.mu.Lock()
	m, there := ms.found[h.Module]
	ms.mu.Unlock()
	if there {
		return m, nil
	}
	if faults := ms.find(cfg, []config.Hosted{h}); faults != nil {
		return module.Found{}, faults
	}
	ms.mu.Lock()
	defer ms.mu.Unlock()
	return ms.found[h.Module], nil
}

// where returns the Node.js that was found, and the folders in which modules are looked for.
func (ms *modules) where() (node module.Node, folders []string) {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	return ms.node, ms.folders
}

// noNode says that a module cannot run, or cannot be looked for, because of Node.js.
func noNode(h config.Hosted, advice config.Advice, err error) string {
	return fmt.Sprintf("is the npm module %s%s, and %v", h.Shown(), does(advice), err)
}

// does returns what a module does, as a part of a sentence.
func does(advice config.Advice) string {
	if advice.Does == "" {
		return ""
	}
	return ", which " + advice.Does
}

// lacksNode reports whether an error of module.Resolve says that there is no Node.js to run modules.
func lacksNode(err error) bool {
	return errors.Is(err, module.ErrNoNode) || errors.Is(err, module.ErrOldNode)
}

// nodeHint says what to do about an error of module.Resolve.
func nodeHint(err error) string {
	if lacksNode(err) {
		return fmt.Sprintf("install Node.js %d or newer, or set nodeHost.command", module.VersionMin)
	}
	return "correct nodeHost"
}

// isFile reports whether the name of a module is the path of a file or folder.
func isFile(name string) bool {
	first, _, _ := strings.Cut(filepath.ToSlash(name), "/")
	return first == "." || first == ".." || first == "" || filepath.IsAbs(name)
}

// noFile says that there is no such file, or none that can be loaded.
func noFile(h config.Hosted, o module.Options, err error) string {
	path := h.Module
	if !filepath.IsAbs(path) {
		path = filepath.Join(o.Base(), path)
	}
	if errors.Is(err, module.ErrMissing) {
		return "cannot find " + path
	}
	return fmt.Sprintf("is %s, which cannot be loaded: %v", path, err)
}

// noModule says that there is no such module, and where it was looked for.
func noModule(h config.Hosted, advice config.Advice, places []string, err error) string {
	if errors.Is(err, module.ErrMissing) {
		return fmt.Sprintf("cannot find the npm module %s%s; it is not in %s", h.Shown(), does(advice), strings.Join(places, ", "))
	}
	return fmt.Sprintf("is the npm module %s, which cannot be loaded: %v", h.Shown(), err)
}

// packageName matches the name of a package at the start of that of a module.
var packageName = regexp.MustCompile(`^(@[\w.~-]+/)?[\w.~-]+`)

// packageVersion matches the name of a package with a version, as npm takes it.
var packageVersion = regexp.MustCompile(`^((?:@[\w.~-]+/)?[\w.~-]+)@[\w.^~<>=*-]+$`)

// isPartOfNode reports whether an error of a module says that Node.js itself has that name.
func isPartOfNode(err error) bool { return strings.Contains(err.Error(), "is a part of Node.js") }

// installHint says how to install a module where it is looked for.
func installHint(h config.Hosted, o module.Options, err error) string {
	versioned := packageVersion.FindStringSubmatch(h.Module)
	switch {
	case !errors.Is(err, module.ErrMissing) && isPartOfNode(err):
		return "write the name of an npm module, or the path of a file"
	case strings.HasPrefix(h.Module, "~"):
		return "write the whole path: ~ stands for no folder here"
	case versioned != nil:
		return fmt.Sprintf("write %s without the version, and install that with 'npm install %s'", versioned[1], h.Module)
	}
	folder := o.Base()
	if len(o.Paths) > 0 {
		if folder = o.Paths[0]; !filepath.IsAbs(folder) {
			folder = filepath.Join(o.Base(), folder)
		}
	}
	name := packageName.FindString(h.Module)
	if name == "" || name != strings.TrimSuffix(h.Module, "/") && !strings.HasPrefix(h.Module, name+"/") {
		return "write the name of an npm module"
	}
	return fmt.Sprintf("run 'npm install %s' in %s, or set nodeHost.paths", name, folder)
}
