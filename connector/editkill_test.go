package connector_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/store"
)

// The start waits for slow. Meanwhile the threshold of alice moves her balance in memory, and
// an operator edits it. A kill right after the answer must leave what the answer says.
func TestEditDuringTheStartSurvivesAKill(t *testing.T) {
	for _, edit := range []struct{ path, body string }{
		{"/balance/import", `{"accounts":{"alice":{"balance":"70"}}}`},
		{"/balance", `{"accountId":"alice","amountDiff":"70"}`},
		{"/balance/move", `{"from":"old","to":"alice"}`},
	} {
		d, port := newDisk(), freePort(t)
		if err := d.Apply(store.Batch{
			{Key: "balances/alice", Value: []byte("-100 2 USD")}, {Key: "balances/old", Value: []byte("70 2 USD")},
		}); err != nil {
			t.Fatal(err)
		}
		var alice *testLink
		run := func(d *disk, slow *testLink) (*connector.Connector, func()) {
			alice = newTestLink(ilptest.NewLink())
			return start(t, fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
store: disk
adminApi: true
adminApiPort: %d
initialConnectTimeout: 600000
accounts:
  alice: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "1000", settleThreshold: "-50", settleTo: "0"}}
  slow: {relation: peer, plugin: test, assetCode: USD, assetScale: 2}
`, port), d.option(), links(map[string]*testLink{"alice": alice, "slow": slow}))
		}
		slow := newTestLink(ilptest.NewLink())
		slow.ready = make(chan struct{})
		c, stop := run(d, slow)
		<-alice.handler // the balances are there, and the links run
		await(t, "the threshold", func() bool { return snapshot(c, "alice").Posted.Sign() == 0 })
		if status, text := ask(t, port, "POST", edit.path, edit.body); status != http.StatusOK && status != http.StatusNoContent {
			t.Fatalf("%s is answered %d %s", edit.path, status, text)
		}
		killed := newDisk() // as a kill right after the answer leaves it
		if err := d.Load("", func(key string, value []byte) error {
			return killed.Apply(store.Batch{{Key: key, Value: slices.Clone(value)}})
		}); err != nil {
			t.Fatal(err)
		}
		stop()
		c, stop = run(killed, newTestLink(ilptest.NewLink()))
		awaitReady(t, c)
		if got := snapshot(c, "alice").Posted.String(); got != "70" {
			t.Errorf("%s: after the kill alice stands at %s, want 70", edit.path, got)
		}
		stop()
	}
}

// TestEntriesAreRecordedWhileTheStartWaitsForLinks holds that a kill in that time forgets no
// packet: what the threshold books in memory is in the store before the connector is ready.
func TestEntriesAreRecordedWhileTheStartWaitsForLinks(t *testing.T) {
	d := newDisk()
	if err := d.Apply(store.Batch{{Key: "balances/alice", Value: []byte("-100 2 USD")}}); err != nil {
		t.Fatal(err)
	}
	slow := newTestLink(ilptest.NewLink())
	slow.ready = make(chan struct{})
	c, stop := start(t, `
ilpAddress: test.us
backend: one-to-one
store: disk
initialConnectTimeout: 600000
accounts:
  alice: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "1000", settleThreshold: "-50", settleTo: "0"}}
  slow: {relation: peer, plugin: test, assetCode: USD, assetScale: 2}
`, d.option(), links(map[string]*testLink{"alice": newTestLink(ilptest.NewLink()), "slow": slow}))
	defer stop()
	await(t, "the entry to be recorded", func() bool {
		kept := ""
		if err := d.Load("balances/alice", func(_ string, value []byte) error {
			kept = string(value)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return kept == "0 2 USD"
	})
	select {
	case <-c.Ready():
		t.Error("the start has not waited for the link")
	default:
	}
}
