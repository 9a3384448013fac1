package connector_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/store"
	bolt "github.com/ilp-go/connector/store/disk"
)

// A check says what a start says of what the store keeps, and changes nothing.
func TestCheckLooksAtKeptChanges(t *testing.T) {
	const entry = `{relation: child, plugin: loopback, assetCode: %s, assetScale: 2, balance: {maximum: "%s"}}`
	declared := fmt.Sprintf(entry, "USD", "1000")
	for name, tt := range map[string]struct {
		base, kept, balance string // of alice
		maxHoldTime         string
		warning, fault      string
	}{
		"fits":      {declared, fmt.Sprintf(entry, "USD", "8"), "-5 2 USD", "20000", "", ""},
		"declared":  {fmt.Sprintf(entry, "USD", "9"), declared, "-5 2 USD", "", "", ""},
		"edited":    {fmt.Sprintf(entry, "USD", "9"), fmt.Sprintf(entry, "USD", "8"), "-5 2 USD", "", "accounts.alice: was edited since it was changed at 2026-01-02T03:04:05Z", ""},
		"no fit":    {declared, strings.Replace(declared, "relation", "ilpAddressSegment: bob, relation", 1), "-5 2 USD", "", "accounts.alice: was changed at 2026-01-02T03:04:05Z while the connector ran, and a start leaves the account out", ""},
		"unit":      {declared, fmt.Sprintf(entry, "EUR", "8"), "-5 2 USD", "", "", "a start refuses what the store has: account alice"},
		"unread":    {declared, "", "-5 2 USD", "", "", "a start refuses what the store has: config/account/alice in the store cannot be read"},
		"a setting": {declared, declared, "-5 2 USD", `"long"`, "maxHoldTime: was changed at 2026-01-02T03:04:05Z while the connector ran, and a start uses the configuration", ""},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "store")
		text := fmt.Sprintf("ilpAddress: test.us\nbackend: one-to-one\nmaxHoldTime: 25000\nstorePath: %s\naccounts:\n  alice: %s\n  bob: %s\n", path, declared, declared)
		hash := func(entry string) string {
			c, _, err := config.Parse("a.yaml", []byte("ilpAddress: test.us\naccounts:\n  alice: "+entry+"\n"), nil, config.Known{})
			if err != nil {
				t.Fatal(err)
			}
			return c.Accounts[0].Hash()
		}
		kept := `{"base":`
		if tt.kept != "" {
			c, _, err := config.Parse("a.yaml", []byte("ilpAddress: test.us\naccounts:\n  alice: "+tt.kept+"\n"), nil, config.Known{})
			if err != nil {
				t.Fatal(err)
			}
			kept = fmt.Sprintf(`{"base":%q,"account":%s,"at":"2026-01-02T03:04:05Z"}`, hash(tt.base), c.Accounts[0].Text())
		}
		batch := store.Batch{{Key: "balances/alice", Value: []byte(tt.balance)}, {Key: "config/account/alice", Value: []byte(kept)}}
		if tt.maxHoldTime != "" {
			batch = append(batch, store.Change{Key: "config/setting/maxHoldTime", Value: fmt.Appendf(nil,
				`{"base":"0812a4ef4ea9e800e2cb87a311317fdb06f80ab8700c7185b35588b3d6953739","value":%s,"at":"2026-01-02T03:04:05Z"}`, tt.maxHoldTime)})
		}
		s, err := bolt.Open(path, bolt.Options{Version: "1.2.3"})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Apply(batch); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		before := filesOf(t, path)
		warnings, faults := drafted(t, text)
		said := fmt.Sprint(warnings)
		if !strings.Contains(said, tt.warning) || tt.warning == "" && strings.Contains(said, "while the connector ran") {
			t.Errorf("%s: the warnings are %s", name, said)
		}
		if len(faults) == 0 != (tt.fault == "") || !strings.Contains(fmt.Sprint(faults), tt.fault) {
			t.Errorf("%s: the faults are %v", name, faults)
		}
		if after := filesOf(t, path); after != before {
			t.Errorf("%s: the store has changed", name)
		}
		cfg, _, err := config.Parse("a.yaml", []byte(text), nil, connector.Known())
		if err != nil {
			t.Fatal(err)
		}
		if c, err := connector.New(cfg); err != nil {
			t.Error(err)
		} else if err := runOnce(t, c); (err != nil) != (tt.fault != "") {
			t.Errorf("%s: the start ended with %v", name, err)
		}
	}
}

// runOnce runs a connector until it is ready or its start has failed.
func runOnce(t *testing.T, c *connector.Connector) error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	select {
	case err := <-done:
		return err
	case <-c.Ready():
		cancel()
		return <-done
	}
}

// filesOf returns the files of a folder and all that is in them.
func filesOf(t *testing.T, dir string) string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&all, "%s %x\n", f.Name(), text)
	}
	return all.String()
}
