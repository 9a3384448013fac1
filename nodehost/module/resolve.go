package module

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/ilp-go/connector/clip"
)

//go:embed resolve.js
var script string

// ErrMissing says that there is no module of a name in any of the folders.
var ErrMissing = errors.New("there is no such module")

// Found is what there is of a module.
type Found struct {
	// Name is the name that was looked for.
	Name string
	// Path is the file that require would load.
	Path string
	// Package and Version are from the package.json that the file belongs to. They may be empty.
	Package, Version string
	// Err is ErrMissing, or says why the module cannot be loaded: then the rest is empty.
	Err error
}

// Results are what Resolve finds out.
type Results struct {
	Node    Node
	Folders []string // see the function
	// Places are the folders in which a module of a name can be: node_modules, mostly.
	Places []string
	// Modules has a Found for each name, in their order.
	Modules []Found
}

// Resolve finds modules. It runs Node.js twice, loads no module, and blocks meanwhile. The error is that
// of FindNode, or says why Node.js could not look.
func Resolve(ctx context.Context, o Options, names []string) (r Results, err error) {
	if r.Node, err = FindNode(ctx, o.Command); err != nil {
		return r, err
	}
	r.Folders, r.Places = o.search(r.Node)
	input, err := json.Marshal(map[string]any{
		"dir": o.Base(), "folders": r.Folders, "nodePath": o.nodePath(), "names": slices.Concat([]string{}, names),
	})
	if err != nil {
		return r, err // cannot be: these are texts
	}
	if !isFolder(o.Base()) {
		return r, fmt.Errorf("%s is no folder", o.Base())
	}
	output, err := run(ctx, r.Node.Path, o.Base(), input, "-e", script)
	if err != nil {
		return r, fmt.Errorf("look for modules: %w", err)
	}
	var answers []struct {
		Path, Package, Version, Error string
		Missing                       bool
	}
	if err := json.Unmarshal(output, &answers); err != nil || len(answers) != len(names) {
		return r, fmt.Errorf("look for modules: %s answers %q", r.Node.Path, clip.UTF8(string(output), 80))
	}
	for i, a := range answers {
		found := Found{Name: names[i], Path: a.Path, Package: clip.UTF8(a.Package, 200), Version: clip.UTF8(a.Version, 60)}
		switch {
		case a.Missing:
			found.Err = ErrMissing
		case a.Error != "" || a.Path == "":
			found.Err = errors.New(clip.UTF8(cmp.Or(a.Error, "Node.js says nothing about it"), 300))
		}
		r.Modules = append(r.Modules, found)
	}
	return r, nil
}
