package connector

import (
	"context"
	"fmt"
	"sync"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/nodehost/module"
)

// foundModule is a hosted module that was found.
type foundModule struct {
	Name, File string
	Node       string   // the program
	Folders    []string // where modules are looked for
}

// foundModules remembers what was found, since each look runs Node.js.
type foundModules struct {
	mu  sync.Mutex
	all map[string]foundModule
}

// find finds a hosted module. It blocks while Node.js looks.
func (c *Connector) find(name string) (foundModule, error) {
	f := &c.found
	f.mu.Lock()
	defer f.mu.Unlock()
	if found, there := f.all[name]; there {
		return found, nil
	}
	n := c.cfg().NodeHost
	r, err := module.Resolve(context.Background(), module.Options{Command: n.Command, Dir: n.Cwd, Paths: n.Paths}, []string{name})
	if err == nil {
		err = r.Modules[0].Err
	}
	if err != nil {
		return foundModule{}, fmt.Errorf("npm module %s: %w", name, err)
	}
	found := foundModule{Name: name, File: r.Modules[0].Path, Node: r.Node.Path, Folders: r.Folders}
	if f.all == nil {
		f.all = make(map[string]foundModule)
	}
	f.all[name] = found
	return found, nil
}

// hosted finds the module that a setting names, if it is hosted.
func (c *Connector) hosted(kind config.ModuleKind, name string) (found foundModule, hosted bool, err error) {
	m, hosted := c.parts.known().Module(kind, name)
	if !hosted || c.cfg().NodeHost.Refused {
		return foundModule{}, false, nil
	}
	found, err = c.find(m)
	return found, true, err
}
