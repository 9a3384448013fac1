package connector_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/store"
)

// brokenLink is a link that panics in one of its methods.
type brokenLink struct {
	*testLink
	in string
}

func (l brokenLink) at(method string) {
	if l.in == method {
		panic("a bug in " + method)
	}
}

func (l brokenLink) Connected() bool                           { l.at("Connected"); return true }
func (l brokenLink) Ready() <-chan struct{}                    { l.at("Ready"); return l.ready }
func (l brokenLink) Status() link.Status                       { l.at("Status"); return l.testLink.Status() }
func (l brokenLink) Keep(store.Store) error                    { l.at("Keep"); return nil }
func (l brokenLink) Alert(link.Alerts)                         { l.at("Alert") }
func (l brokenLink) Scale() uint8                              { l.at("Scale"); return 2 }
func (l brokenLink) RemembersForever() bool                    { l.at("RemembersForever"); return true }
func (l brokenLink) SettlesOutOfBand() bool                    { l.at("SettlesOutOfBand"); return false }
func (l brokenLink) Pay(context.Context, settle.Payment) error { return nil }

// brokenIn is a plugin whose account alice has a link that panics in a method.
func brokenIn(method string, others connector.Link) connector.Option {
	return connector.WithPlugin("test", func(a config.Account, _ *slog.Logger) (connector.Link, error) {
		if a.ID == "alice" {
			l := brokenLink{newTestLink(ilptest.NewLink()), method}
			l.at("New")
			return l, nil
		}
		return others, nil
	})
}

func TestPanicOfALinkTakesItsAccountDownWhereverItIsCalled(t *testing.T) {
	peers := strings.ReplaceAll(twoAccounts, "relation: child", "relation: peer") // which the start waits for
	for _, method := range []string{"Status", "Connected", "Ready", "Keep", "Scale", "RemembersForever", "SettlesOutOfBand"} {
		bob := newTestLink(ilptest.Fulfilling())
		c, stop := start(t, peers, brokenIn(method, bob))
		<-bob.handler
		awaitReady(t, c)
		var asking sync.WaitGroup
		for range 4 { // the admin API and the metrics ask at the same time
			asking.Go(func() {
				if l := connector.LinkOf(c, "alice"); l.Connected || l.State != "disabled" || !strings.Contains(l.LastError, "a bug in "+method) {
					t.Errorf("%s: %+v", method, l)
				}
			})
		}
		asking.Wait()
		awaitAlerts(t, c, 1)
		wantAlert(t, c, "alice", "code has panicked: a bug in "+method)
		if l := connector.LinkOf(c, "bob"); !l.Connected {
			t.Errorf("%s: bob is %+v", method, l)
		}
		if err := c.RemoveAccount("alice"); err != nil {
			t.Errorf("%s: %v", method, err)
		}
		stop()
	}
}

// An account that is not there yet is not taken down: it is refused.
func TestAccountWhosePluginPanicsIsNotAdded(t *testing.T) {
	a, _, err := config.ParseAccount("alice", []byte(`{"relation":"child","plugin":"test","assetCode":"USD","assetScale":2,"balance":{"maximum":"9"}}`), config.Known{})
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"New", "Alert", "Keep", "Scale", "RemembersForever"} {
		bob := newTestLink(ilptest.Fulfilling())
		c, stop := start(t, `
ilpAddress: test.us
backend: one-to-one
accounts:
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 4}
`, brokenIn(method, bob))
		awaitReady(t, c)
		for range 2 { // nothing stays behind
			if err := c.AddAccount(a); err == nil || err.Error() != "plugin test has panicked: a bug in "+method {
				t.Errorf("%s: %v", method, err)
			}
		}
		if len(c.Accounts()) != 1 {
			t.Errorf("%s: %+v", method, c.Accounts())
		}
		stop()
	}
}

// The parent that gives us our address is asked on a goroutine of its own.
func TestPanicOfTheParentsLinkTakesItsAccountDown(t *testing.T) {
	f := newFamily(t, "")
	f.begin(t)
	if err := f.RemoveAccount("up"); err != nil {
		t.Fatal(err)
	}
	bad := brokenParent{newParentLink()}
	f.parent = bad
	f.add(t, "EUR", "6", "")
	f.fromUp = awaitHandler(t, bad.parentLink)
	awaitAlerts(t, f.Connector, 1)
	wantAlert(t, f.Connector, "up", "code has panicked: a bug in Status")
	f.wantClosed(t)
}

// brokenParent is a parentLink that panics in Status.
type brokenParent struct{ *parentLink }

func (brokenParent) Status() link.Status { panic("a bug in Status") }

// wantClosed checks that no packet of value passes from the parent or to it.
func (f *family) wantClosed(t *testing.T) {
	t.Helper()
	for to, from := range map[string]ilp.Handler{"test.up.us.kid.x": f.fromUp, "test.else": f.fromKid} {
		r := ilptest.NewRecorder()
		from.HandlePrepare(r, ilptest.Prepare(to, 5))
		if reply := r.Reply(); reply.Fulfilled() {
			t.Errorf("a packet to %s passes", to)
		}
	}
}

var (
	_ connector.Keeper  = brokenLink{}
	_ connector.Alerter = brokenLink{}
	_ settle.Settler    = brokenLink{}
	_ settle.Scaler     = brokenLink{}
	_ settle.Rememberer = brokenLink{}
	_ settle.OutOfBand  = brokenLink{}
)
