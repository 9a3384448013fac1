package config

import (
	"path"
	"slices"
	"strings"
)

// Advice says what an operator can do about a hosted module that cannot run.
type Advice struct {
	// Near is a name that the operator may have meant, empty if none is near.
	Near string
	// Does says what the module does, with the module as subject. It is empty if we do not know that.
	Does string
	// Use says what is built in to use instead, and where that is explained. It is empty for paths that we
	// do not know.
	Use string
}

// Advise returns what an operator can do about a hosted module that cannot run.
func (k Known) Advise(h Hosted) (a Advice) {
	kind := moduleKinds[h.Kind]
	m, ok := kind.find(h.Module)
	if !ok && h.Name == h.Module && !isPath(h.Module) {
		a.Near = nearest(h.Module, slices.Concat(suggested(k.names(h.Kind)), kind.names()))
	}
	switch names := suggested(k.names(h.Kind)); {
	case ok:
		a.Does, a.Use = m.does, m.use+pluginsPage+m.page()
	case h.Name == h.Module && !isPath(h.Module) && len(names) > 0:
		a.Use = "use what is built in: " + oneOf(names) + pluginsPage + kind.section
	}
	if same := k.BuiltIn(h, ""); same != "" {
		a.Use = "use " + same + ", which is built in"
	}
	return a
}

// sameModules are modules under whose name nothing is built in, but which something built in replaces.
var sameModules = map[ModuleKind]map[string]string{StoreModule: {"ilp-store-memory": storeMemory}}

// BuiltIn returns the name of what is built in and does the same as a hosted module, "" if there is
// nothing. pkg is the name of the package that the module is in, if it is known.
func (k Known) BuiltIn(h Hosted, pkg string) string {
	whole := strings.ReplaceAll(h.Module, `\`, "/")
	file := path.Base(whole)
	for _, name := range []string{h.Module, pkg, strings.TrimSuffix(file, path.Ext(file))} {
		if same := sameModules[h.Kind][name]; same != "" {
			return same
		}
		if name != storeAuto && slices.Contains(k.names(h.Kind), name) && (name == pkg || name == h.Module || strings.Contains(whole, "ilp-connector/")) {
			return name
		}
	}
	return ""
}

// Shown returns the name of the module in quotes. It never shows a URI, which may hold a password and
// be in the wrong place.
func (h Hosted) Shown() string { return showModule(h.Module) }
