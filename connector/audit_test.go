package connector_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/store"
)

// entries is what the audit log of a connector says, as "edit balance alice done", latest
// first.
func entries(t *testing.T, c *connector.Connector) (lines []string) {
	t.Helper()
	log, err := c.Audit()
	if err != nil {
		t.Fatal(err)
	}
	all, err := log.Latest(100, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		lines = append(lines, fmt.Sprintf("%s %s %s", e.What, e.Account, e.Outcome))
	}
	return lines
}

// batches is a store that remembers the keys of each batch.
type batches struct {
	*disk
	keys []string
}

func (b *batches) Apply(batch store.Batch) error {
	var keys []string
	for _, c := range batch {
		keys = append(keys, c.Key)
	}
	b.keys = append(b.keys, strings.Join(keys, " "))
	return b.disk.Apply(batch)
}

// TestEditAndItsEntryAreOneStep holds that neither is ever on the disk without the other.
func TestEditAndItsEntryAreOneStep(t *testing.T) {
	b, port := &batches{disk: newDisk()}, freePort(t)
	keep := connector.WithStore("disk", func(connector.StoreConfig) (store.Store, error) { return b, nil })
	alice, bob := newTestLink(ilptest.NewLink()), newTestLink(ilptest.Fulfilling())
	yaml := fmt.Sprintf("%sstore: disk\nadminApi: true\nadminApiPort: %d\n", twoAccounts, port)
	c, stop := start(t, yaml, links(map[string]*testLink{"alice": alice, "bob": bob}), keep)
	awaitReady(t, c)
	if status, text := edit(t, port, "7"); status != http.StatusNoContent {
		t.Fatalf("%d %s", status, text)
	}
	log, err := c.Audit()
	if err != nil {
		t.Fatal(err)
	}
	all, err := log.Latest(1, "alice")
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	if d := all[0].Details; d[audit.AmountDiff] != "7" || d[audit.PostedBefore] != "0" || d[audit.PostedAfter] != "7" || !strings.HasPrefix(all[0].By.Remote, "127.0.0.1:") {
		t.Errorf("%+v", all[0])
	}
	stop()
	if want := "audit/00000000000000000001 balances/alice"; !slices.Contains(b.keys, want) {
		t.Errorf("the batches are %q, none of them %q", b.keys, want)
	}
}

// carolOf is an account to add.
func carolOf(t *testing.T, plugin connector.Option) config.Account {
	t.Helper()
	a, _, err := config.ParseAccount("carol", []byte(`{"relation":"child","plugin":"test","assetCode":"USD","assetScale":2}`), connector.Known(plugin))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestChangesOfTheProgramAreNoted holds for what a program does while the connector runs;
// the entries outlive it.
func TestChangesOfTheProgramAreNoted(t *testing.T) {
	d := newDisk()
	var want []string
	for range 2 {
		alice, bob := newTestLink(ilptest.NewLink()), newTestLink(ilptest.Fulfilling())
		carol := newTestLink(ilptest.NewLink())
		all := links(map[string]*testLink{"alice": alice, "bob": bob, "carol": carol})
		c, stop := start(t, twoAccounts+"store: disk\n", all, d.option())
		awaitReady(t, c)
		for _, what := range []string{"add account carol done", "add account carol refused", "remove account carol done", "remove account carol refused"} {
			var err error
			if strings.HasPrefix(what, "add") {
				err = c.AddAccount(carolOf(t, all))
			} else {
				err = c.RemoveAccount("carol")
			}
			if refused := strings.HasSuffix(what, "refused"); (err != nil) != refused {
				t.Errorf("%s: %v", what, err)
			}
			want = append([]string{what}, want...)
			if got := entries(t, c); !slices.Equal(got, want) {
				t.Fatalf("%q, want %q", got, want)
			}
		}
		stop()
		if _, err := c.Audit(); err == nil {
			t.Error("there is a log of a store that is closed")
		}
		if err := c.RemoveAccount("alice"); err != nil {
			t.Error(err)
		}
	}
}

func TestChangeOfTheProgramThatCannotBeNotedIsNotMade(t *testing.T) {
	d := newDisk()
	alice, bob := newTestLink(ilptest.NewLink()), newTestLink(ilptest.Fulfilling())
	c, _ := startToEnd(t, twoAccounts+"store: disk\n", func(error) {}, links(map[string]*testLink{"alice": alice, "bob": bob}), d.option())
	awaitReady(t, c)
	d.fail(errors.New("the disk is broken"))
	err := c.RemoveAccount("alice")
	if _, there := c.Account("alice"); !errors.Is(err, audit.ErrUnwritable) || !there {
		t.Errorf("there %t, %v", there, err)
	}
}

// TestAccountThatIsAddedIsNotedOnce holds that the API and what it calls do not both note.
func TestAccountThatIsAddedIsNotedOnce(t *testing.T) {
	port := freePort(t)
	alice, bob, carol := newTestLink(ilptest.NewLink()), newTestLink(ilptest.Fulfilling()), newTestLink(ilptest.NewLink())
	all := links(map[string]*testLink{"alice": alice, "bob": bob, "carol": carol})
	c, _ := start(t, fmt.Sprintf("%sadminApi: true\nadminApiPort: %d\n", twoAccounts, port), all)
	awaitReady(t, c)
	const body = `{"id":"carol","options":{"relation":"child","plugin":"test","assetCode":"USD","assetScale":2}}`
	if status, text := ask(t, port, "POST", "/addAccount", body); status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	if got := entries(t, c); !slices.Equal(got, []string{"add account carol done"}) {
		t.Errorf("%q", got)
	}
}

// TestAuditLogWithoutAStore holds that the log lives as long as the process.
func TestAuditLogWithoutAStore(t *testing.T) {
	port := freePort(t)
	alice, bob := newTestLink(ilptest.NewLink()), newTestLink(ilptest.Fulfilling())
	yaml := fmt.Sprintf("%sadminApi: true\nadminApiPort: %d\n", twoAccounts, port)
	c, _ := start(t, yaml, links(map[string]*testLink{"alice": alice, "bob": bob}))
	awaitReady(t, c)
	for _, diff := range []string{"7", "-2"} {
		if status, text := edit(t, port, diff); status != http.StatusNoContent {
			t.Fatalf("%d %s", status, text)
		}
	}
	if got := entries(t, c); !slices.Equal(got, []string{"edit balance alice done", "edit balance alice done"}) {
		t.Errorf("%q", got)
	}
}

func TestAuditLogBeforeTheStoreIsRead(t *testing.T) {
	alice, bob := newTestLink(ilptest.NewLink()), newTestLink(ilptest.Fulfilling())
	plugin := links(map[string]*testLink{"alice": alice, "bob": bob})
	cfg, _, err := config.Parse("test.yaml", []byte(twoAccounts), nil, connector.Known(plugin))
	if err != nil {
		t.Fatal(err)
	}
	c, err := connector.New(cfg, plugin)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Audit(); err == nil {
		t.Error("there is a log")
	}
	if err := c.RemoveAccount("alice"); err != nil { // that is configuration
		t.Error(err)
	}
}
