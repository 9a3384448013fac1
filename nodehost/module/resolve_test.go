package module

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// needNode fails the test where there is no Node.js.
func needNode(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Fatal(err)
	}
}

// tree writes files below a new folder, and returns that.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// loaded is a file that must not be loaded.
const loaded = `require('fs').writeFileSync(__dirname + '/loaded', ''); throw new Error('loaded')`

func TestResolveFindsWhatRequireWould(t *testing.T) {
	needNode(t)
	root := tree(t, map[string]string{
		"app/node_modules/plain/package.json":                         `{"name":"plain","version":"1.2.3"}`,
		"app/node_modules/plain/index.js":                             loaded,
		"app/node_modules/plain/dist/part.js":                         loaded,
		"app/node_modules/plain/dist/package.json":                    `{"type":"commonjs"}`,
		"app/node_modules/@acme/plugin/package.json":                  "\ufeff" + `{"name":"@acme/plugin","version":"2.0.0","main":"./lib/main.js"}`,
		"app/node_modules/@acme/plugin/lib/main.js":                   loaded,
		"app/node_modules/closed/package.json":                        `{"name":"closed","version":"1.0.0","exports":{"./open":"./open.js"}}`,
		"app/node_modules/closed/open.js":                             loaded,
		"app/node_modules/hollow/package.json":                        `{"name":"hollow","main":"gone.js"}`,
		"app/node_modules/garbled/package.json":                       `{"name":`,
		"app/node_modules/garbled/index.js":                           loaded,
		"app/node_modules/nameless/index.js":                          loaded,
		"app/node_modules/odd/package.json":                           `{"name":7,"version":[]}`,
		"app/node_modules/odd/index.js":                               loaded,
		"app/mine/index.js":                                           loaded,
		"app/package.json":                                            `{"name":"app","version":"9.9.9"}`,
		"above.js":                                                    loaded,
		"node_modules/outer/index.js":                                 loaded,
		"app/node_modules/ilp-connector/package.json":                 `{"name":"ilp-connector","version":"23.0.2"}`,
		"app/node_modules/ilp-connector/src/backends/ecb.js":          loaded,
		"app/node_modules/ilp-connector/node_modules/in/main.js":      loaded,
		"app/node_modules/ilp-connector/node_modules/in/package.json": `{"name":"in","version":"0.1.0","main":"main"}`,
		"path/debian/package.json":                                    `{"name":"debian","version":"3.0.0","exports":"./entry.js"}`,
		"path/debian/entry.js":                                        loaded,
		"path/plain/index.js":                                         loaded,
	})
	at := func(name string) string { return filepath.Join(root, filepath.FromSlash(name)) }
	cases := []struct {
		name string
		want Found // with the path below root
		err  string
	}{
		{"plain", Found{Path: "app/node_modules/plain/index.js", Package: "plain", Version: "1.2.3"}, ""},
		{"plain/dist/part", Found{Path: "app/node_modules/plain/dist/part.js", Package: "plain", Version: "1.2.3"}, ""},
		{"@acme/plugin", Found{Path: "app/node_modules/@acme/plugin/lib/main.js", Package: "@acme/plugin", Version: "2.0.0"}, ""},
		{"closed/open", Found{Path: "app/node_modules/closed/open.js", Package: "closed", Version: "1.0.0"}, ""},
		{"closed", Found{}, `No "exports" main defined`},
		{"hollow", Found{}, "gone.js"},
		{"garbled", Found{}, "package.json"},
		{"nameless", Found{Path: "app/node_modules/nameless/index.js"}, ""},
		{"odd", Found{Path: "app/node_modules/odd/index.js"}, ""},
		{"./mine", Found{Path: "app/mine/index.js", Package: "app", Version: "9.9.9"}, ""},
		{"../above", Found{Path: "above.js"}, ""},
		{at("app/mine"), Found{Path: "app/mine/index.js", Package: "app", Version: "9.9.9"}, ""},
		{"outer", Found{Path: "node_modules/outer/index.js"}, ""},
		{"ilp-connector/src/backends/ecb", Found{Path: "app/node_modules/ilp-connector/src/backends/ecb.js", Package: "ilp-connector", Version: "23.0.2"}, ""},
		{"in", Found{Path: "app/node_modules/ilp-connector/node_modules/in/main.js", Package: "in", Version: "0.1.0"}, ""},
		{"debian", Found{Path: "path/debian/entry.js", Package: "debian", Version: "3.0.0"}, ""},
		{"fs", Found{}, "is a part of Node.js"},
		{"node:nothing", Found{}, "is a part of Node.js"},
		{"absent", Found{}, ErrMissing.Error()},
		{"./absent", Found{}, ErrMissing.Error()},
		{at("absent.js"), Found{}, ErrMissing.Error()},
		{"a\x00b", Found{}, ""},
	}
	var names []string
	for _, c := range cases {
		names = append(names, c.name)
	}
	o := Options{Dir: at("app"), Getenv: func(name string) string {
		return map[string]string{"NODE_PATH": at("gone") + string(filepath.ListSeparator) + at("path")}[name]
	}}
	r, err := Resolve(context.Background(), o, names)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		got := r.Modules[i]
		if c.want.Path == "" {
			if got.Err == nil || !strings.Contains(got.Err.Error(), c.err) || got.Path != "" {
				t.Errorf("%q: %+v, want %s", c.name, got, c.err)
			}
			continue
		}
		if c.want.Name = c.name; got.Err != nil || got.Path != at(c.want.Path) {
			t.Errorf("%q: %+v", c.name, got)
		}
		if c.want.Path = got.Path; got != c.want {
			t.Errorf("%q: got  %+v\nwant %+v", c.name, got, c.want)
		}
	}
	if missing := r.Modules[slices.Index(names, "absent")].Err; !errors.Is(missing, ErrMissing) {
		t.Error(missing)
	}
	_ = filepath.WalkDir(root, func(path string, _ os.DirEntry, _ error) error {
		if filepath.Base(path) == "loaded" {
			t.Errorf("a module was loaded: %s", path)
		}
		return nil
	})
	if !slices.Equal(Folders(o, r.Node), r.Folders) || len(r.Places) != len(r.Folders) {
		t.Errorf("folders %q, places %q", r.Folders, r.Places)
	}
}

// With paths, no other folder counts.
func TestPathsReplaceTheUsualFolders(t *testing.T) {
	needNode(t)
	root := tree(t, map[string]string{
		"a/node_modules/x/index.js": "", "b/node_modules/x/index.js": "", "b/node_modules/y/index.js": "", "c/node_modules/z/index.js": "", "path/w/index.js": "",
	})
	o := Options{Dir: filepath.Join(root, "c"), Paths: []string{"../a", filepath.Join(root, "b", nodeModules)}, Getenv: func(string) string { return filepath.Join(root, "path") }}
	r, err := Resolve(context.Background(), o, []string{"x", "y", "z", "w"})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{filepath.Join(root, "a"), filepath.Join(root, "b", nodeModules)}; !slices.Equal(r.Folders, want) {
		t.Errorf("folders are %q, want %q", r.Folders, want)
	}
	if want := []string{filepath.Join(root, "a", nodeModules), filepath.Join(root, "b", nodeModules)}; !slices.Equal(r.Places, want) {
		t.Errorf("places are %q, want %q", r.Places, want)
	}
	if m := r.Modules; m[0].Path != filepath.Join(root, "a/node_modules/x/index.js") || m[1].Path != filepath.Join(root, "b/node_modules/y/index.js") ||
		!errors.Is(m[2].Err, ErrMissing) || !errors.Is(m[3].Err, ErrMissing) {
		t.Errorf("got %+v", m)
	}
}
