package test

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	settings "github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/store/disk"
)

// What plugins of the reference have put into stores from npm is taken over by an import, under the keys
// at which a hosted plugin finds it.
func TestStoresOfTheReferenceAreImported(t *testing.T) {
	for _, s := range []npmSubject{npmRedis(), npmLevel()} {
		t.Run(s.name, func(t *testing.T) {
			c := s.config
			c.accounts = []npmAccount{probed("alice"), probed("bob")}
			w := startNpm(t, reference, c)
			for _, key := range []string{"channel", "a:b", "gone"} {
				w.tell("alice", "api", "path", "store.put", "args", []any{key, "of " + key})
			}
			w.tell("bob", "api", "path", "store.put", "args", []any{"channel", "bob's"})
			w.tell("alice", "api", "path", "store.del", "args", []any{"gone"})
			w.interrupt() // LevelDB has one user
			ours := filepath.Join(t.TempDir(), "ours")
			cfg := w.importConfig(ours)
			for _, o := range []connector.StoreImport{{DryRun: true}, {}, {}} {
				done, err := connector.ImportStore(t.Context(), cfg, o)
				if err != nil || done.Keys != 3 || !done.Complete() || done.NoAccount.Count != 0 {
					t.Fatalf("%+v: %+v, %v", o, done, err)
				}
			}
			got := make(map[string]string)
			if _, err := disk.Read(ours, func(key string, value []byte) {
				if strings.HasPrefix(key, "plugins/") {
					got[key] = string(value)
				}
			}); err != nil {
				t.Fatal(err)
			}
			want := map[string]string{
				"plugins/alice/data/channel": `"of channel"`, "plugins/alice/data/a:b": `"of a:b"`, "plugins/bob/data/channel": `"bob's"`,
			}
			if !maps.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// importConfig returns a configuration with the store of the reference, and ours in a folder.
func (w *npmWorld) importConfig(ours string) *settings.Config {
	w.t.Helper()
	peers, err := filepath.Abs("peers")
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Setenv("NODE_PATH", filepath.Join(peers, "node_modules")) // for the stores of the folder probes
	module := w.config.store.module
	if file, is := strings.CutPrefix(module, "PROBES/"); is {
		module = probeFile(w.t, file)
	}
	accounts := make(map[string]any)
	for _, a := range w.config.accounts {
		accounts[a.name] = map[string]any{"relation": "child", "plugin": probeFile(w.t, "plugin.js"), "assetCode": "USD", "assetScale": 2}
	}
	document := map[string]any{
		"ilpAddress": "test.conn", "backend": "one-to-one", "store": module, "ledgerPath": ours,
		"nodeHost": map[string]any{"cwd": peers}, "accounts": accounts,
	}
	if path := w.config.settings["STORE_PATH"]; path != "" {
		document["storePath"] = strings.ReplaceAll(path, "FOLDER", w.folder)
	}
	if options := w.config.store.options; options != nil {
		own := maps.Clone(options)
		for key, value := range own {
			if name, is := strings.CutPrefix(fmt.Sprint(value), "PORT-OF-"); is {
				own[key] = w.ports[name]
			}
		}
		document["storeConfig"] = own
	}
	text, err := json.Marshal(document)
	if err != nil {
		w.t.Fatal(err)
	}
	cfg, _, err := settings.Parse("", text, nil, connector.Known())
	if err != nil {
		w.t.Fatal(err)
	}
	return cfg
}
