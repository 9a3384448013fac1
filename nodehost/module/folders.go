package module

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// Options say which Node.js looks for modules, and where.
type Options struct {
	// Command is the path of Node.js, or a name to look for in PATH. Empty is node.
	Command string
	// Dir is the working directory of the node host, empty for ours. Relative names of modules, and
	// relative Paths, count from there.
	Dir string
	// Paths are the folders in which modules are looked for. None stand for Dir, the global folder of
	// npm, and the variable NODE_PATH.
	Paths []string
	// Getenv reads a variable of our environment. Nil is os.Getenv.
	Getenv func(name string) string
}

// nodeModules is the name of the folders that npm installs into.
const nodeModules = "node_modules"

// Base returns the whole path of Dir.
func (o Options) Base() string {
	if base, err := filepath.Abs(o.Dir); err == nil {
		return base
	}
	return o.Dir
}

// Folders returns the whole paths of the folders from which modules are looked for, best first. Node.js
// looks in node_modules of each and of the folders above it, unless the folder is a node_modules itself.
// The last ones are those of the package ilp-connector, if it is in one of the others: the reference
// finds plugins that are installed inside of it.
func Folders(o Options, n Node) []string {
	folders, _ := o.search(n)
	return folders
}

// search returns Folders, and where exactly modules can be in them.
func (o Options) search(n Node) (folders, places []string) {
	add := func(folder, place string) {
		if !slices.Contains(folders, folder) {
			folders, places = append(folders, folder), append(places, place)
		}
	}
	usual := func(folder string) { folder = o.whole(folder); add(folder, installed(folder)) }
	for _, folder := range o.Paths {
		usual(folder)
	}
	if len(o.Paths) == 0 {
		usual(o.Base())
		for _, folder := range o.global(n) {
			usual(folder)
		}
		for _, folder := range filepath.SplitList(o.nodePath()) {
			if folder != "" {
				add(o.whole(folder), o.whole(folder))
			}
		}
	}
	for _, place := range slices.Clone(places) {
		if reference := filepath.Join(place, "ilp-connector"); isFolder(reference) {
			usual(reference)
		}
	}
	return folders, places
}

// whole returns the whole path of a folder.
func (o Options) whole(folder string) string {
	if !filepath.IsAbs(folder) {
		folder = filepath.Join(o.Base(), folder)
	}
	return filepath.Clean(folder)
}

// nodePath returns the variable NODE_PATH if it counts. Node.js looks for modules in its folders
// themselves.
func (o Options) nodePath() string {
	if len(o.Paths) > 0 {
		return ""
	}
	return o.getenv("NODE_PATH")
}

// installed returns where npm puts the modules of a folder: into its node_modules, or into the folder
// itself if it is one.
func installed(folder string) string {
	if filepath.Base(folder) == nodeModules {
		return folder
	}
	return filepath.Join(folder, nodeModules)
}

// global returns where npm installs modules globally: beside the program, which may be a link to
// elsewhere.
func (o Options) global(n Node) (all []string) {
	programs := []string{n.Path}
	if real, err := filepath.EvalSymlinks(n.Path); err == nil {
		programs = append(programs, real)
	}
	for _, program := range programs {
		bin := filepath.Dir(program)
		if runtime.GOOS == "windows" {
			all = append(all, filepath.Join(bin, nodeModules))
		} else {
			all = append(all, filepath.Join(filepath.Dir(bin), "lib", nodeModules))
		}
	}
	if data := o.getenv("APPDATA"); runtime.GOOS == "windows" && data != "" {
		all = append(all, filepath.Join(data, "npm", nodeModules))
	}
	return all
}

func (o Options) getenv(name string) string {
	if o.Getenv == nil {
		return os.Getenv(name)
	}
	return o.Getenv(name)
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
