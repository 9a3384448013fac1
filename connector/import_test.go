package connector_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/store"
)

// importing is a connector with two accounts and an admin API, on a disk that writes down
// the keys of its batches.
type importing struct {
	*connector.Connector
	t          *testing.T
	disk       *batches
	port       int
	alice, bob *testLink
	stop       func()
}

func newImporting(t *testing.T) *importing {
	i := &importing{t: t, disk: &batches{disk: newDisk()}, port: freePort(t)}
	i.run()
	return i
}

func (i *importing) run() {
	i.alice, i.bob = newTestLink(ilptest.NewLink()), newTestLink(ilptest.Fulfilling())
	yaml := fmt.Sprintf("%s  carol: {relation: child, plugin: test, assetCode: USD, assetScale: 2}\nstore: disk\nadminApi: true\nadminApiPort: %d\n",
		twoAccounts, i.port)
	i.Connector, i.stop = start(i.t, yaml,
		links(map[string]*testLink{"alice": i.alice, "bob": i.bob, "carol": newTestLink(ilptest.NewLink())}),
		connector.WithStore("disk", func(connector.StoreConfig) (store.Store, error) { return i.disk, nil }))
	awaitReady(i.t, i)
}

// ask imports balances, and compares the answer.
func (i *importing) ask(body string, status int, want string) {
	i.t.Helper()
	if got, text := ask(i.t, i.port, "POST", "/balance/import", body); got != status || !strings.HasPrefix(text, want) {
		i.t.Errorf("%s is answered %d %s, want %d %s", body, got, text, status, want)
	}
}

// want compares the balances in memory and on the disk.
func (i *importing) want(alice, bob string) {
	i.t.Helper()
	got := snapshot(i, "alice").Posted.String() + " " + snapshot(i, "bob").Posted.String()
	if kept := i.disk.balances(i.t); got != alice+" "+bob || got != "0 0" && kept != fmt.Sprintf("alice=%s 2 USD, bob=%s 4 USD", alice, bob) {
		i.t.Errorf("alice and bob stand at %s, kept are %q, want %s and %s", got, kept, alice, bob)
	}
}

const both = `{"accounts":{"alice":{"balance":"250","minimum":"-Infinity","maximum":"1000"},"bob":{"balance":"-70"}}`

func TestImportIsOneStepWithItsAuditEntriesAndSetsOnlyOnce(t *testing.T) {
	i := newImporting(t)
	i.ask(both+`,"dryRun":true}`, http.StatusOK, `{"accounts":{"alice":{"before":"0","after":"250"},"bob":{"before":"0","after":"-70"}},"dryRun":true}`)
	i.want("0", "0")
	if got := i.disk.keys[len(i.disk.keys)-1]; strings.Contains(got, "audit/") || strings.Contains(got, "balances/") {
		t.Errorf("a dry run has written %q", got)
	}
	i.ask(both+`,"reason":"from the reference"}`, http.StatusOK, `{"accounts":{"alice":{"before":"0","after":"250"},"bob":{"before":"0","after":"-70"}}}`)
	i.want("250", "-70")
	const step = "audit/00000000000000000001 audit/00000000000000000002 balances/alice balances/bob"
	if got := i.disk.keys[len(i.disk.keys)-1]; got != step {
		t.Errorf("the step is %q, want %q", got, step)
	}
	_, entries := ask(t, i.port, "GET", "/audit", "")
	for _, want := range []string{
		`"what":"import balance","accountId":"alice"`, `"details":{"postedAfter":"250","postedBefore":"0"},"outcome":"done"`,
		`"details":{"postedAfter":"-70","postedBefore":"0"},"outcome":"done"`, `"reason":"from the reference"`,
	} {
		if !strings.Contains(entries, want) {
			t.Errorf("the audit log has no %s: %s", want, entries)
		}
	}

	steps := len(i.disk.keys)
	i.ask(both+`}`, http.StatusOK, `{"accounts":{"alice":{"before":"250","after":"250"},"bob":{"before":"-70","after":"-70"}}}`)
	i.want("250", "-70")
	if len(i.disk.keys) != steps {
		t.Errorf("the second time it has written %q", i.disk.keys[steps:])
	}
	i.stop()
	i.run()
	i.want("250", "-70")
}

func TestImportIsRefusedWholeWithEveryReason(t *testing.T) {
	i := newImporting(t)
	i.ask(`{"accounts":{"alice":{"balance":"1001"},"bob":{"balance":"5"}}}`, http.StatusConflict,
		"Error: no balance is imported: alice: 1001 is above its maximum of 1000: raise the maximum, or import all the same with --force, in the API \"force\": true")
	i.ask(`{"accounts":{"alice":{"balance":"1"},"carol":{"balance":"5"}}}`, http.StatusConflict,
		"Error: no balance is imported: carol: no balance is kept for it: configure its balance, or leave it out")
	i.want("0", "0")

	// What packets have moved is not lost by an import.
	if reply := pay(t, i.alice, 5); !reply.Fulfilled() {
		t.Fatalf("%s %s", reply.Code(), reply.Message())
	}
	i.want("5", "-500")
	const moved = "its balance is 5, as packets or an operator have moved it, and not 0 or 250: " +
		"add what is missing with 'ilp-connector balance adjust', or replace it with --overwrite, in the API \"overwrite\": true"
	i.ask(both+`}`, http.StatusConflict, "Error: no balance is imported: alice: "+moved+"; bob: its balance is -500, ")
	i.want("5", "-500")
	i.ask(both+`,"overwrite":true}`, http.StatusOK, `{"accounts":{"alice":{"before":"5","after":"250"},"bob":{"before":"-500","after":"-70"}}}`)
	i.want("250", "-70")
	i.ask(`{"accounts":{"alice":{"balance":"1001"}},"overwrite":true,"force":true}`, http.StatusOK, `{"accounts":{"alice":{"before":"250","after":"1001"}}}`)
	i.want("1001", "-70")
}

func TestImportWaitsForPacketsUnderWay(t *testing.T) {
	i := newImporting(t)
	i.bob.Answer = nil
	h := <-i.alice.handler
	r := ilptest.NewRecorder()
	h.HandlePrepare(r, ilptest.Prepare("test.us.bob.x", 5))
	sent := i.bob.Take()
	const busy = "packets or settlements are under way: try again when they have ended"
	i.ask(both+`,"overwrite":true,"force":true}`, http.StatusConflict, "Error: no balance is imported: alice: "+busy+"; bob: "+busy)
	sent.Up.WriteReply(ilptest.Fulfill())
	if reply := r.Reply(); !reply.Fulfilled() {
		t.Errorf("%s %s", reply.Code(), reply.Message())
	}
	i.want("5", "-500")
}

func TestImportThatCannotBeWrittenIsTakenBack(t *testing.T) {
	d, port := newDisk(), freePort(t)
	c, _ := startToEnd(t, fmt.Sprintf("%sstore: disk\nadminApi: true\nadminApiPort: %d\n", twoAccounts, port), func(error) {},
		links(map[string]*testLink{"alice": newTestLink(ilptest.NewLink()), "bob": newTestLink(ilptest.NewLink())}), d.option())
	awaitReady(t, c)
	d.fail(fmt.Errorf("the disk is full"))
	status, text := ask(t, port, "POST", "/balance/import", both+"}")
	if status != http.StatusInternalServerError || !strings.Contains(text, "the balances were set back in memory, because the write failed") {
		t.Errorf("answered %d %s", status, text)
	}
	if got := snapshot(c, "alice").Posted.String() + " " + snapshot(c, "bob").Posted.String(); got != "0 0" {
		t.Errorf("alice and bob stand at %s", got)
	}
}
