package connector_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/store"
)

// TestWriteOffIsOneStepWithItsAuditEntry goes the whole way: a debt to an account that
// nothing pays, an operator who cannot settle it, and the write-off.
func TestWriteOffIsOneStepWithItsAuditEntry(t *testing.T) {
	d, port := &batches{disk: newDisk()}, freePort(t)
	run := func() (*connector.Connector, func()) {
		c, stop := start(t, fmt.Sprintf("%sstore: disk\nadminApi: true\nadminApiPort: %d\n", twoAccounts, port),
			links(map[string]*testLink{"alice": newTestLink(ilptest.NewLink()), "bob": newTestLink(ilptest.NewLink())}),
			connector.WithStore("disk", func(connector.StoreConfig) (store.Store, error) { return d, nil }))
		awaitReady(t, c)
		return c, stop
	}
	c, stop := run()
	edit(t, port, "-70")
	if status, text := ask(t, port, "POST", "/settlements", `{"accountId":"alice"}`); status != http.StatusConflict || !strings.Contains(text, "--write-off") {
		t.Errorf("settling is answered %d %s", status, text)
	}
	if got := snapshot(c, "alice").Posted.String(); got != "-70" {
		t.Errorf("a refused settlement leaves alice at %s", got)
	}
	if status, text := ask(t, port, "POST", "/settlements", `{"accountId":"alice","writeOff":true,"reason":"cash"}`); status != http.StatusNoContent {
		t.Fatalf("the write-off is answered %d %s", status, text)
	}
	stop()

	c, _ = run()
	if got := snapshot(c, "alice").Posted.String() + ", " + d.balances(t); got != "0, alice=0 2 USD" {
		t.Errorf("posted, and kept: %s", got)
	}
	_, text := ask(t, port, "GET", "/settlements?account=alice", "")
	var list admin.SettlementList
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list.Settlements) != 1 || list.Settlements[0].State != "written off" {
		t.Fatalf("the settlements are %s", text)
	}
	if _, text := ask(t, port, "GET", "/audit?limit=1", ""); !strings.Contains(text, `"what":"write off"`) ||
		!strings.Contains(text, `"details":{"amount":"70","settlement":"`+list.Settlements[0].ID+`"},"outcome":"done"`) {
		t.Errorf("the audit log has %s", text)
	}
	want := "settlements/alice/" + list.Settlements[0].ID + " audit/00000000000000000003 balances/alice"
	if !slices.Contains(d.keys, want) {
		t.Errorf("the batches are %q, none of them %q", d.keys, want)
	}
}
