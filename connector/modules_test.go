package connector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/nodehost/module"
)

// folderWith returns a new folder with npm modules, which throw when they are loaded.
func folderWith(t *testing.T, names ...string) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		folder := filepath.Join(root, "node_modules", filepath.FromSlash(name))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		for file, text := range map[string]string{"package.json": fmt.Sprintf(`{"name":%q,"version":"1.2.3"}`, name), "index.js": "throw 1"} {
			if err := os.WriteFile(filepath.Join(folder, file), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return root
}

// hosting reads a configuration whose modules are in a folder.
func hosting(t *testing.T, folder, document string) *config.Config {
	t.Helper()
	cfg, _, err := config.Parse("", []byte("ilpAddress: test.me\nnodeHost: {cwd: "+folder+"}\n"+document), nil, Known())
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

const hostedAccounts = `
accounts:
  a: {relation: peer, plugin: loopback, assetCode: X, assetScale: 0}
  b: {relation: peer, plugin: mine, assetCode: X, assetScale: 0}
  c: {relation: peer, plugin: "npm:ilp-plugin-btp", assetCode: X, assetScale: 0}
  d: {relation: peer, plugin: ilp-plugin-lightning, assetCode: X, assetScale: 0}
  e: {relation: peer, plugin: ilp-plugin-btb, assetCode: X, assetScale: 0}
  f: {relation: peer, plugin: ./gone.js, assetCode: X, assetScale: 0}
  g: {relation: peer, plugin: "@acme/plug/in", assetCode: X, assetScale: 0}
  h: {relation: peer, plugin: fs, assetCode: X, assetScale: 0}
backend: one-to-noe
store: leveldown
middlewares: {m: {type: mine}}
`

// Each module that is not there is a fault of the setting that names it, with where it was looked for and
// what to do.
func TestModulesThatAreNotThereAreFaults(t *testing.T) {
	root := folderWith(t, "mine", "ilp-plugin-btp")
	cfg := hosting(t, root, hostedAccounts)
	checked := CheckAll(cfg)
	want := map[string]string{
		"accounts.d.plugin": `cannot find the npm module "ilp-plugin-lightning", which settles over Lightning; it is not in ` + filepath.Join(root, "node_modules") +
			"|run 'npm install ilp-plugin-lightning' in " + root + ", or set nodeHost.paths; or use ilp-plugin-btp and a settlementEngine here, and the same at the peer; see docs/plugins.md#ilp-plugin-lightning",
		"accounts.e.plugin": `cannot find the npm module "ilp-plugin-btb"; it is not in |did you mean ilp-plugin-btp? otherwise run 'npm install ilp-plugin-btb' in `,
		"accounts.f.plugin": "cannot find " + filepath.Join(root, "gone.js") + "|correct the path; a relative one counts from " + root,
		"accounts.g.plugin": `cannot find the npm module "@acme/plug/in"; it is not in |run 'npm install @acme/plug' in ` + root,
		"accounts.h.plugin": `is the npm module "fs", which cannot be loaded: is a part of Node.js|`,
		"backend":           `cannot find the npm module "one-to-noe"|did you mean one-to-one?`,
		"store":             `cannot find the npm module "leveldown", which keeps what plugins store in a LevelDB|or remove store, and set storePath; see docs/plugins.md#stores`,
	}
	for _, f := range checked.Faults {
		problem, hint, _ := strings.Cut(want[f.Path], "|")
		if want[f.Path] == "" || !strings.HasPrefix(f.Problem, problem) || !strings.Contains(f.Hint, hint) {
			t.Errorf("%s: %s | %s\nwant %s", f.Path, f.Problem, f.Hint, want[f.Path])
		}
		delete(want, f.Path)
	}
	if len(want) > 0 {
		t.Errorf("no faults at %v", want)
	}
	file := func(name string) string { return filepath.Join(root, "node_modules", name, "index.js") }
	if modules := []HostedModule{
		{"accounts.b.plugin", "mine", "mine", "1.2.3", file("mine"), ""},
		{"accounts.c.plugin", "npm:ilp-plugin-btp", "ilp-plugin-btp", "1.2.3", file("ilp-plugin-btp"), "ilp-plugin-btp"},
		{"middlewares.m.type", "mine", "mine", "1.2.3", file("mine"), ""},
	}; !slices.Equal(checked.Modules, modules) {
		t.Errorf("got\n%+v\nwant\n%+v", checked.Modules, modules)
	}
	_, err := New(cfg)
	var faults config.Faults
	if !errors.As(err, &faults) || len(faults) != len(checked.Faults) {
		t.Errorf("New: %v", err)
	}
}

// Without Node.js, the fault of each setting says what needs it, and what is built in instead.
func TestModulesWithoutNode(t *testing.T) {
	cfg := hosting(t, t.TempDir(), hostedAccounts)
	cfg.NodeHost.Command = "node-of-nobody"
	checked := CheckAll(cfg)
	if len(checked.Faults) != 10 || checked.Modules != nil {
		t.Fatalf("%v %v", checked.Faults, checked.Modules)
	}
	for path, want := range map[string]string{
		"accounts.c.plugin": `is the npm module "ilp-plugin-btp", and there is no Node.js: no "node-of-nobody" in PATH; install Node.js 18 or newer, or set nodeHost.command; or use ilp-plugin-btp, which is built in`,
		"accounts.d.plugin": `is the npm module "ilp-plugin-lightning", which settles over Lightning, and there is no Node.js: no "node-of-nobody" in PATH; install Node.js 18 or newer, or set nodeHost.command; or use ilp-plugin-btp and`,
		"accounts.e.plugin": `in PATH; did you mean ilp-plugin-btp? otherwise install Node.js 18`,
	} {
		i := slices.IndexFunc(checked.Faults, func(f config.Fault) bool { return f.Path == path })
		if i < 0 || !strings.Contains(checked.Faults[i].Error(), want) {
			t.Errorf("%s: %v\nwant %s", path, checked.Faults, want)
		}
	}
	cfg = hosting(t, "/gone/of/nobody", "accounts: {b: {relation: peer, plugin: mine, assetCode: X, assetScale: 0}}")
	if _, err := New(cfg); err == nil || err.Error() != `accounts.b.plugin: is the npm module "mine", and /gone/of/nobody is no folder; correct nodeHost` {
		t.Error(err)
	}
}

// resolving is an Option whose resolver counts its calls, and finds what names has.
func resolving(calls *int, names ...string) Option {
	return func(p *parts) {
		p.resolve = func(_ context.Context, _ module.Options, asked []string) (r module.Results, err error) {
			*calls++
			for _, name := range asked {
				m := module.Found{Name: name, Path: "/" + name}
				if !slices.Contains(names, name) {
					m = module.Found{Name: name, Err: module.ErrMissing}
				}
				r.Modules = append(r.Modules, m)
			}
			return r, nil
		}
	}
}

// Node.js runs once for a start, and not at all if nothing is hosted.
func TestNodeRunsOnlyForModules(t *testing.T) {
	calls := 0
	cfg := hosting(t, "/", "accounts: {a: {relation: peer, plugin: loopback, assetCode: X, assetScale: 0}}\nbackend: one-to-one")
	if _, err := New(cfg, resolving(&calls)); err != nil || calls != 0 {
		t.Errorf("%d calls, %v", calls, err)
	}
	if CheckAll(cfg, resolving(&calls)); calls != 0 {
		t.Errorf("%d calls", calls)
	}
	cfg = hosting(t, "/", hostedAccounts)
	if _, err := New(cfg, resolving(&calls)); err == nil || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
	if calls = 0; true {
		CheckAll(cfg, resolving(&calls))
	}
	if calls != 1 {
		t.Errorf("a check makes %d calls", calls)
	}
	draft, _, _ := config.Draft("", []string{`CONNECTOR_ACCOUNTS={"b":{"relation":"peer","plugin":"mine","assetCode":"X","assetScale":0}}`, `CONNECTOR_NODE_HOST={"x":1}`}, Known())
	if calls = 0; len(CheckAll(draft, resolving(&calls)).Modules)+calls != 0 {
		t.Error("modules are looked for with a faulty nodeHost")
	}
}

// An account that comes while the connector runs has its module looked for then, and a known one is not
// looked for again.
func TestModulesOfNewAccounts(t *testing.T) {
	calls := 0
	cfg := hosting(t, "/", "accounts: {}\nbackend: one-to-one")
	c, err := New(cfg, WithLog(slog.New(slog.DiscardHandler)), resolving(&calls, "mine"))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range map[string]string{"gone": "accounts.gone.plugin: cannot find the npm module", "mine": ""} {
		a, _, err := config.ParseAccount(i, []byte(`{"relation":"peer","plugin":"`+i+`","assetCode":"X","assetScale":0}`), config.Known{})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddAccount(a); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", i, err)
		}
		_ = c.AddAccount(a)
	}
	if calls != 3 {
		t.Errorf("%d calls: two of gone, one of mine", calls)
	}
}
