package connector

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/link/miniaccounts"
	"github.com/ilp-go/connector/nodehost/nodehosttest"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/disk"
	"github.com/ilp-go/connector/store/memory"
)

// formerStore is a store of the reference in a file, and a configuration with it.
type formerStore struct {
	t             *testing.T
	file, ours    string
	node, modules string
	configuration string
}

// newFormerStore makes a store of the reference with these values.
func newFormerStore(t *testing.T, values map[string]any) *formerStore {
	t.Helper()
	f := &formerStore{
		t: t, file: filepath.Join(t.TempDir(), "former.json"), ours: filepath.Join(t.TempDir(), "ours"),
		node: nodehosttest.Node(t), modules: nodehosttest.File(t, "testdata"),
	}
	f.set(values)
	f.configuration = fmt.Sprintf(`
backend: one-to-one
store: ./filestore.js
storePath: %q
ledgerPath: %q
accounts:
  a: {relation: peer, plugin: ./plugin.js, assetCode: X, assetScale: 0}
  ab: {relation: peer, plugin: ./plugin.js, assetCode: X, assetScale: 0}
  mini: {relation: child, plugin: ilp-plugin-mini-accounts, assetCode: X, assetScale: 0}
  loop: {relation: peer, plugin: loopback, assetCode: X, assetScale: 0}
`, f.file, f.ours)
	return f
}

func (f *formerStore) set(values map[string]any) {
	f.t.Helper()
	text, err := json.Marshal(values)
	if err == nil {
		err = os.WriteFile(f.file, text, 0o600)
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *formerStore) config() *config.Config {
	f.t.Helper()
	cfg := hosting(f.t, f.modules, f.configuration)
	cfg.NodeHost.Command = f.node
	return cfg
}

func (f *formerStore) run(o StoreImport) Imported {
	f.t.Helper()
	done, err := ImportStore(f.t.Context(), f.config(), o)
	if err != nil {
		f.t.Fatal(err)
	}
	return done
}

// kept returns what our store has for plugins.
func (f *formerStore) kept() map[string]string {
	f.t.Helper()
	all := make(map[string]string)
	_, err := disk.Read(f.ours, func(key string, value []byte) {
		if strings.HasPrefix(key, "plugins/") {
			all[key] = string(value)
		}
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return all
}

// memory returns the same as a store in memory.
func (f *formerStore) memory() store.Store {
	s := memory.New(slog.New(slog.DiscardHandler))
	for key, value := range f.kept() {
		if err := s.Apply(store.Batch{{Key: key, Value: []byte(value)}}); err != nil {
			f.t.Fatal(err)
		}
	}
	return s
}

func (f *formerStore) audit() []audit.Entry {
	f.t.Helper()
	s, err := disk.Open(f.ours, disk.Options{})
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	log, err := audit.Open(audit.Options{Ledger: s, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.t.Fatal(err)
	}
	entries, err := log.Latest(10, "")
	if err != nil {
		f.t.Fatal(err)
	}
	return entries
}

// write changes our store.
func (f *formerStore) write(changes ...store.Change) {
	f.t.Helper()
	s, err := disk.Open(f.ours, disk.Options{})
	if err == nil {
		err = s.Apply(changes)
	}
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

// hashOfToken returns the hash of a token as both store it.
func hashOfToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// importCounts returns the counts of an account: new, equal, overwritten, different.
func importCounts(d Imported, id string) string {
	for _, a := range d.Accounts {
		if a.ID == id {
			return fmt.Sprint(a.New, a.Equal, a.Overwritten, a.Different)
		}
	}
	return ""
}

func TestImportTakesOverAStoreOfTheReference(t *testing.T) {
	f := newFormerStore(t, map[string]any{
		"achannel": "1", "abchannel": map[string]any{"claim": 7}, "abempty": "",
		"minicarol:hashed-token": hashOfToken("of carol"), "minicarol:token": "older", "minidave:token": "of dave", "minix.y:token": "z", "miniother": "?",
		"gone:channel": "lost", "loopx": "unused",
	})
	want := map[string]string{
		"plugins/a/data/channel": `"1"`, "plugins/ab/data/channel": `{"claim":7}`, "plugins/ab/data/empty": `""`,
		"plugins/mini/token/carol": hashOfToken("of carol"), "plugins/mini/token/dave": hashOfToken("of dave"),
	}
	check := func(d Imported, a, ab, mini string) {
		t.Helper()
		if importCounts(d, "a") != a || importCounts(d, "ab") != ab || importCounts(d, "mini") != mini || importCounts(d, "loop") != "" || d.Keys != 10 {
			t.Errorf("got %+v: a %s, ab %s, mini %s", d, importCounts(d, "a"), importCounts(d, "ab"), importCounts(d, "mini"))
		}
		if d.NoAccount.Count != 1 || d.NoAccount.First[0].Key != "gone:channel" || d.LeftOut.Count != 4 || !d.Complete() {
			t.Errorf("no account has %v, left out is %v", d.NoAccount, d.LeftOut)
		}
		if len(d.Doubts) != 1 || *d.Doubts[0] != (KeyDoubt{"ab", "a", 2, "abchannel"}) {
			t.Errorf("doubts are %+v", d.Doubts)
		}
	}
	d := f.run(StoreImport{DryRun: true})
	check(d, "1 0 0 0", "2 0 0 0", "2 0 0 0")
	if _, err := os.Stat(f.ours); !os.IsNotExist(err) || d.Written != 0 {
		t.Errorf("a dry run makes a store: %v", err)
	}
	d = f.run(StoreImport{Reason: "to leave it"})
	check(d, "1 0 0 0", "2 0 0 0", "2 0 0 0")
	if got := f.kept(); !maps.Equal(got, want) || d.Written != 5 {
		t.Errorf("kept is %q, %d written", got, d.Written)
	}
	if e := f.audit(); len(e) != 1 || e[0].What != audit.ImportStore || e[0].Outcome != audit.Done || e[0].Reason != "to leave it" ||
		e[0].Details["entries"] != "5" || e[0].Details["module"] != "./filestore.js" {
		t.Errorf("the audit log has %+v", e)
	}
	for _, o := range []StoreImport{{}, {DryRun: true}, {Overwrite: true}} {
		if d = f.run(o); d.Written != 0 {
			t.Errorf("%+v writes %d entries again", o, d.Written)
		}
		check(d, "0 1 0 0", "0 2 0 0", "0 2 0 0")
	}
	if got := f.kept(); !maps.Equal(got, want) || len(f.audit()) != 1 {
		t.Errorf("the same again: kept is %q", got)
	}
	server := miniaccounts.New(miniaccounts.Options{})
	if err := server.Keep(store.Namespace(store.Namespace(f.memory(), pluginNamespace), "mini")); err != nil || server.Known() != 2 {
		t.Errorf("the clients are %q, %v", server.Names(), err)
	}
}

func TestImportKeepsWhatDiffers(t *testing.T) {
	f := newFormerStore(t, map[string]any{"achannel": "old", "minicarol:hashed-token": hashOfToken("old"), "amore": "1"})
	f.write(store.Change{Key: "plugins/a/data/channel", Value: []byte(`"newer"`)},
		store.Change{Key: "plugins/mini/token/carol", Value: []byte(hashOfToken("newer") + " blocked")})
	for _, dry := range []bool{true, false} {
		d := f.run(StoreImport{DryRun: dry})
		if importCounts(d, "a") != "1 0 0 1" || importCounts(d, "mini") != "0 0 0 1" || d.Different.Count != 2 || d.Complete() {
			t.Errorf("got %+v", d)
		}
	}
	if got := f.kept(); got["plugins/a/data/channel"] != `"newer"` || got["plugins/a/data/more"] != `"1"` || got["plugins/mini/token/carol"] != hashOfToken("newer")+" blocked" {
		t.Errorf("kept is %q", got)
	}
	if d := f.run(StoreImport{Overwrite: true}); importCounts(d, "a") != "0 1 1 0" || importCounts(d, "mini") != "0 0 1 0" || !d.Complete() || d.Written != 2 {
		t.Errorf("got %+v", d)
	}
	if got := f.kept(); got["plugins/a/data/channel"] != `"old"` || got["plugins/mini/token/carol"] != hashOfToken("old")+" blocked" {
		t.Errorf("kept is %q", got)
	}
}

func TestImportTakesTheKeysOfAnAccountThatAnOperatorNames(t *testing.T) {
	f := newFormerStore(t, map[string]any{"former:x": "1", "abx": "2", "abcy": "3"})
	d := f.run(StoreImport{Owners: []KeyOwner{{"former:", "a", ""}, {"abx", "a", "bx"}}})
	want := map[string]string{"plugins/a/data/x": `"1"`, "plugins/a/data/bx": `"2"`, "plugins/ab/data/cy": `"3"`}
	if got := f.kept(); !maps.Equal(got, want) || len(d.Doubts) != 1 || d.Doubts[0].First != "abcy" {
		t.Errorf("kept is %q, doubts %+v", got, d.Doubts)
	}
	// Two keys of the module for one of ours: none replaces the other.
	f.set(map[string]any{"former:z": "1", "az": "2"})
	d = f.run(StoreImport{Owners: []KeyOwner{{"former:", "a", ""}}, Overwrite: true})
	if d.Different.Count != 1 || importCounts(d, "a") != "1 0 0 1" || d.Complete() {
		t.Errorf("got %+v", d)
	}
}

// An import that is interrupted leaves what it has written, and the next one does the rest.
func TestInterruptedImportGoesOn(t *testing.T) {
	values := make(map[string]any)
	for i := range importBatchMax + 100 {
		values[fmt.Sprintf("ak%d", i)] = strings.Repeat("v", i)
	}
	f := newFormerStore(t, values)
	applied := 0
	failing := WithStore("bolt", func(c StoreConfig) (store.Store, error) {
		s, err := newBoltStore(c)
		return &stoppingStore{s, func(b store.Batch) error {
			if strings.HasPrefix(b[0].Key, "plugins/") {
				if applied++; applied == 2 {
					return store.ErrFailed
				}
			}
			return nil
		}}, err
	})
	d, err := ImportStore(t.Context(), f.config(), StoreImport{}, failing)
	if err == nil || d.Written != importBatchMax {
		t.Errorf("%v, %d written", err, d.Written)
	}
	if got := f.kept(); len(got) != importBatchMax {
		t.Errorf("%d entries are kept", len(got))
	}
	if e := f.audit(); len(e) != 1 || e[0].Outcome != audit.Done || e[0].Details["incomplete"] == "" || e[0].Details["entries"] != fmt.Sprint(importBatchMax) {
		t.Errorf("the audit log has %+v", e)
	}
	d = f.run(StoreImport{})
	if importCounts(d, "a") != fmt.Sprint(100, importBatchMax, 0, 0) || len(f.kept()) != len(values) {
		t.Errorf("got %+v", d)
	}
}

// stoppingStore fails to apply a batch when stop says so.
type stoppingStore struct {
	store.Store
	stop func(store.Batch) error
}

func (s *stoppingStore) Apply(b store.Batch) error {
	if err := s.stop(b); err != nil {
		return err
	}
	return s.Store.Apply(b)
}

func TestImportNeedsKeysOfAStoreThatListsNone(t *testing.T) {
	f := newFormerStore(t, map[string]any{"ax": "1", "ay": "2"})
	hidden, err := json.Marshal(map[string]any{"path": f.file, "hidden": true})
	if err != nil {
		t.Fatal(err)
	}
	_, err = ImportStore(t.Context(), f.config(), StoreImport{Config: hidden})
	if err == nil || !strings.Contains(err.Error(), "the npm module ./filestore.js: the keys of the store cannot be listed") || !strings.Contains(err.Error(), "--keys") {
		t.Error(err)
	}
	if _, err := os.Stat(f.ours); !os.IsNotExist(err) {
		t.Errorf("an import that cannot begin makes a store: %v", err)
	}
	d := f.run(StoreImport{Config: hidden, Keys: []string{"ax", "az"}})
	if got := f.kept(); !maps.Equal(got, map[string]string{"plugins/a/data/x": `"1"`}) || d.Missing.Count != 1 || d.Missing.First[0].Key != "az" {
		t.Errorf("kept is %q, %+v", got, d)
	}
}

func TestImportsThatAreRefused(t *testing.T) {
	f := newFormerStore(t, map[string]any{"ax": "1"})
	refused := func(o StoreImport, want string, edit func(string) string) {
		t.Helper()
		before := f.configuration
		f.configuration = edit(before)
		defer func() { f.configuration = before }()
		_, err := ImportStore(t.Context(), f.config(), o)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	same := func(s string) string { return s }
	without := func(names ...string) func(string) string {
		return func(s string) string {
			lines := slices.DeleteFunc(strings.Split(s, "\n"), func(line string) bool {
				return slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(line, name+":") })
			})
			return strings.Join(lines, "\n")
		}
	}
	refused(StoreImport{}, "ledgerPath is not set", without("ledgerPath"))
	refused(StoreImport{Module: "./filestore.js"}, "storePath is not set", without("store", "storePath", "ledgerPath"))
	refused(StoreImport{}, "name the module with --npm", without("store", "ledgerPath"))
	refused(StoreImport{Module: "./filestore.js"}, "say with --options what its constructor gets", without("store", "ledgerPath"))
	refused(StoreImport{Module: "absent"}, `--npm: cannot find the npm module "absent"`, same)
	refused(StoreImport{Owners: []KeyOwner{{"x", "nobody", ""}}}, "no account of that id", same)
	refused(StoreImport{Config: json.RawMessage(`{"path":"/nowhere/x"}`)}, "ENOENT", same)
	held, err := disk.Open(f.ours, disk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Close() }()
	refused(StoreImport{}, "is in use by", same)
	refused(StoreImport{DryRun: true}, "stop that before the import", same)
}

// A module that is named is read with its own options, into the store of the configuration.
func TestImportReadsAModuleThatTheConfigurationDoesNotName(t *testing.T) {
	f := newFormerStore(t, map[string]any{"ax": "1"})
	options, err := json.Marshal(map[string]any{"path": f.file})
	if err != nil {
		t.Fatal(err)
	}
	f.configuration = strings.ReplaceAll(strings.Replace(f.configuration, "store: ./filestore.js", "", 1), "storePath:", "#")
	f.configuration = strings.Replace(f.configuration, "ledgerPath:", "storePath:", 1)
	d := f.run(StoreImport{Module: "npm:./filestore.js", Config: options})
	if got := f.kept(); !maps.Equal(got, map[string]string{"plugins/a/data/x": `"1"`}) || d.Module != "./filestore.js" {
		t.Errorf("kept is %q, %+v", got, d)
	}
}
