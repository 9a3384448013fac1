package connector_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ccp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/btppeer"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/rate"
)

// staged is a link whose states a test sets.
type staged struct {
	*ilptest.Link
	reports link.Reporter
	handler chan ilp.Handler
	changed chan func(bool)
}

func newStaged() *staged {
	s := &staged{Link: ilptest.NewLink(), handler: make(chan ilp.Handler, 1), changed: make(chan func(bool), 1)}
	s.Down.Store(true)
	return s
}

func (s *staged) Run(ctx context.Context, h ilp.Handler, changed func(bool)) {
	s.handler <- h
	s.changed <- changed
	<-ctx.Done()
}
func (s *staged) Ready() <-chan struct{} { return closed }
func (s *staged) Status() link.Status    { return s.reports.Status() }

var closed = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// stages is a connector with the peer alice, whose link is staged.
type stages struct {
	*connector.Connector
	t       *testing.T
	alice   *staged
	handler ilp.Handler
	tell    func(connected bool)
	stop    func()
}

func newStages(t *testing.T) *stages {
	t.Helper()
	s := &stages{t: t, alice: newStaged()}
	plugin := connector.WithPlugin("test", func(config.Account, *slog.Logger) (connector.Link, error) { return s.alice, nil })
	s.Connector, s.stop = start(t, `
ilpAddress: test.us
backend: one-to-one
spread: 0
initialConnectTimeout: 1
accounts:
  alice: {relation: peer, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "1000"}}
`, plugin)
	s.handler, s.tell = <-s.alice.handler, <-s.alice.changed
	awaitReady(t, s)
	return s
}

// up lets the link connect, and down lets it lose the connection.
func (s *stages) up() {
	s.alice.reports.Enter(link.Established, "192.0.2.1:7")
	s.alice.Down.Store(false)
	s.tell(true)
}

func (s *stages) down() {
	s.alice.Down.Store(true)
	s.alice.reports.Enter(link.Connecting, "")
	s.tell(false)
}

// want waits until alice is in a state, and returns what operators see of it.
func (s *stages) want(state string) {
	s.t.Helper()
	await(s.t, "alice to be "+state, func() bool { return connector.LinkOf(s.Connector, "alice").State == state })
	l := connector.LinkOf(s.Connector, "alice")
	if state != "disabled" && l.Since.IsZero() {
		s.t.Errorf("%s since never: %+v", state, l)
	}
	if has := len(l.Problems) > 0; has != (state == "degraded" || state == "disabled") {
		s.t.Errorf("%s with the problems %+v", state, l.Problems)
	}
}

func (s *stages) problem(want string) {
	s.t.Helper()
	if l := connector.LinkOf(s.Connector, "alice"); len(l.Problems) != 1 || !strings.Contains(l.Problems[0].Reason, want) || l.LastError != l.Problems[0].Reason {
		s.t.Errorf("%s: %+v", want, l)
	}
}

// routes sends alice's whole table, of one route.
func (s *stages) routes() {
	s.t.Helper()
	u := ccp.RouteUpdate{RoutingTableID: [16]byte{1}, Speaker: "test.alice", HoldDownTime: 60_000, CurrentEpoch: 1, ToEpoch: 1,
		NewRoutes: []ccp.Route{{Prefix: "test.alice", Path: []string{"test.alice"}}}}
	prepare, err := ilp.ParsePrepare(u.Append(nil, time.Now().Add(time.Minute).UnixMilli()))
	if err != nil {
		s.t.Fatal(err)
	}
	r := ilptest.NewRecorder()
	s.handler.HandlePrepare(r, prepare)
	if reply := r.Reply(); !reply.Fulfilled() {
		s.t.Fatalf("the routes are answered %s", outcome(reply))
	}
}

func TestAccountGoesThroughAllStates(t *testing.T) {
	s := newStages(t)
	s.want("disabled") // its link has said nothing yet
	next := time.Now().Add(time.Hour)
	s.alice.reports.Enter(link.Connecting, "")
	s.alice.reports.Fail(errors.New("dial: refused"), next)
	s.want("connecting")
	if l := connector.LinkOf(s.Connector, "alice"); l.LastError != "dial: refused" || !l.NextRetry.Equal(next) {
		t.Errorf("%+v", l)
	}
	s.alice.reports.Enter(link.Authenticating, "192.0.2.1:7")
	s.want("authenticating")
	s.up()
	s.want("configuring")
	s.alice.Take().Up.WriteReply(agreed()) // it will send its routes
	s.want("configuring")
	s.routes()
	s.want("established")

	s.down()
	s.want("connecting")
	s.up()
	s.want("configuring")
	s.alice.Take().Up.WriteReply(ilptest.Reject(ilp.F00, "no routes for you"))
	s.want("degraded")
	s.problem("the exchange of routes fails: ")
	s.problem("no routes for you")
	s.routes()
	s.want("established")

	if err := s.PauseAccount("alice"); err != nil {
		t.Fatal(err)
	}
	s.want("paused")
	s.down()
	s.want("paused")
	s.alice.reports.Close("with code 1000")
	if err := s.ResumeAccount("alice"); err != nil {
		t.Fatal(err)
	}
	s.want("disconnected")
	s.up()
	s.alice.Take().Up.WriteReply(agreed())
	s.routes()
	s.want("established")

	sent := s.underWay()
	removed := make(chan error, 1)
	go func() { removed <- s.RemoveAccount("alice") }()
	s.want("draining")
	sent.Up.WriteReply(ilptest.Fulfill())
	if err := <-removed; err != nil {
		t.Error(err)
	}
	if l := connector.LinkOf(s.Connector, "alice"); l.State != "" {
		t.Errorf("removed: %+v", l)
	}
}

// agreed is the answer of a neighbor that will send its routes.
func agreed() ilp.Reply {
	f := ilp.Fulfill{Fulfillment: ilp.PeerFulfillment}
	reply, err := ilp.ParseReply(f.Append(nil))
	if err != nil {
		panic(err)
	}
	return reply
}

// underWay sends a packet from alice to an address behind her, and returns it as the link got it.
func (s *stages) underWay() ilptest.Sent {
	s.handler.HandlePrepare(ilptest.NewRecorder(), ilptest.Prepare("test.alice.x", 1))
	return s.alice.Take()
}

func TestAccountWhoseCodePanicsIsDisabled(t *testing.T) {
	s := newStages(t)
	s.alice.Answer = func(ilp.Prepare) ilp.Reply { panic("a bug") }
	s.up()
	s.want("disabled")
	s.problem("code has panicked: a bug")
}

func TestAccountIsDrainingWhileTheConnectorStops(t *testing.T) {
	s := newStages(t)
	s.up()
	control := s.alice.Take()
	control.Up.WriteReply(agreed())
	s.stop()
	s.want("draining")
}

// A peer that answers and takes no packet has a connection, and is no good. That is why the routes fail too.
func TestPeerThatTakesNoPacketDegradesItsAccount(t *testing.T) {
	s := newStages(t)
	s.alice.reports.RefuseUs("peer answered with status 404 Not Found")
	s.up()
	s.want("degraded")
	s.problem("the peer takes none of our packets: peer answered with status 404 Not Found")
	s.down()
	s.want("connecting")
}

// A wrong token keeps us from our address, so it is why we are not ready.
func TestReadinessNamesWhatTheParentRefuses(t *testing.T) {
	up := newStaged()
	up.reports.Enter(link.Connecting, "")
	up.reports.Fail(errors.New("the server refuses us: wrong token"), time.Now().Add(time.Hour))
	plugin := connector.WithPlugin("test", func(config.Account, *slog.Logger) (connector.Link, error) { return up, nil })
	c, _ := start(t, `
backend: one-to-one
accounts:
  up: {relation: parent, plugin: test, assetCode: USD, assetScale: 2}
`, plugin)
	<-up.handler
	const want = "our ILP address is not known yet: account up has not told it; it is connecting: the server refuses us: wrong token"
	if reasons := connector.Unready(c); len(reasons) == 0 || reasons[0] != want {
		t.Errorf("%q, want %s", reasons, want)
	}
}

// Each fact that an operator should know makes an account degraded while it lasts.
func TestSettlementEngineThatIsAwayDegradesItsAccount(t *testing.T) {
	s := newSettling(t)
	s.engine.Close()
	if err := s.AddAccount(s.account(t, byThreshold)); err != nil {
		t.Fatal(err)
	}
	await(t, "bob to be degraded", func() bool { return connector.LinkOf(s.Connector, "bob").State == "degraded" })
	if l := connector.LinkOf(s.Connector, "bob"); len(l.Problems) != 1 || !l.Connected ||
		!strings.HasPrefix(l.Problems[0].Reason, "the settler is not ready for the account") || l.Problems[0].Since.IsZero() || l.Since.IsZero() {
		t.Errorf("%+v", l)
	}
}

func TestAccountAtALimitIsDegraded(t *testing.T) {
	alice, bob := newTestLink(ilptest.NewLink()), newTestLink(ilptest.Fulfilling())
	c, _ := start(t, strings.ReplaceAll(twoAccounts, `balance: {`, `receiveRoutes: false, balance: {`), links(map[string]*testLink{"alice": alice, "bob": bob}))
	awaitReady(t, c)
	if l := connector.LinkOf(c, "alice"); l.State != "established" {
		t.Fatalf("%+v", l)
	}
	now := time.Now()
	refuse := func(at time.Time) {
		connector.Counters(c, "alice").RefusedFrom.Count(0, at.UnixNano(), ilp.T04, "maximum_balance", 2000)
		connector.Look(c, at)
	}
	refuse(now)
	if l := connector.LinkOf(c, "alice"); l.State != "established" {
		t.Errorf("after one packet: %+v", l)
	}
	refuse(now.Add(30 * time.Second))
	if l := connector.LinkOf(c, "alice"); l.State != "degraded" || len(l.Problems) != 1 || !strings.Contains(l.Problems[0].Reason, "pass its maximum balance") {
		t.Errorf("at its limit: %+v", l)
	}
	a := connector.Counters(c, "alice")
	a.IncomingValue.Add(account.Fulfilled, 1) // one has passed
	connector.Look(c, now.Add(40*time.Second))
	if l := connector.LinkOf(c, "alice"); l.State != "established" {
		t.Errorf("after a packet has passed: %+v", l)
	}
}

func TestAccountWithoutARateIsDegraded(t *testing.T) {
	alice, bob := newTestLink(ilptest.NewLink()), newTestLink(ilptest.Fulfilling())
	yaml := strings.NewReplacer("backend: one-to-one", "backend: prices", "assetCode: USD, assetScale: 2", "assetCode: XYZ, assetScale: 2",
		"balance: {", "receiveRoutes: false, balance: {").Replace(twoAccounts)
	backend := new(changingPrices)
	backend.set("USD")
	c, _ := start(t, yaml, links(map[string]*testLink{"alice": alice, "bob": bob}),
		connector.WithBackend("prices", time.Minute, func(rate.Options) (rate.Backend, error) { return backend, nil }))
	awaitReady(t, c)
	if l := connector.LinkOf(c, "alice"); l.State != "degraded" || len(l.Problems) != 1 || !strings.Contains(l.Problems[0].Reason, `no exchange rate for the asset "XYZ"`) {
		t.Errorf("%+v", l)
	}
	if l := connector.LinkOf(c, "bob"); l.State != "established" {
		t.Errorf("%+v", l)
	}
}

// The states of clients are those of accounts: what holds for their listener holds for them.
func TestClientGoesThroughItsStates(t *testing.T) {
	f := newHousehold(t, "")
	want := func(state string, in string) {
		t.Helper()
		await(t, "alice to be "+state, func() bool { return connector.LinkOf(f.Connector, "mini.alice").State == state })
		f.want("GET", ofMini, "", 200, `"state":"`+state+`"`)
		f.want("GET", "/accounts/mini.alice", "", 200, `"state":"`+state+`"`)
		if got := fmt.Sprint(connector.ChildStates(f.Connector, "mini")); got != in {
			t.Errorf("%s: the clients are %s, want %s", state, got, in)
		}
	}
	f.want("POST", ofMini, `{"name":"alice","token":"a"}`, 200, "")
	f.want("POST", ofMini, `{"name":"bob","token":"b"}`, 200, "")
	want("disconnected", "map[disconnected:2]")
	alice := btppeer.Join(t, f.url, "alice", "a")
	want("established", "map[disconnected:1 established:1]")
	f.want("POST", "/accounts/mini/pause?ephemeral=true", "", 200, "")
	want("paused", "map[paused:2]")
	f.want("POST", "/accounts/mini/resume?ephemeral=true", "", 200, "")
	alice.Leave()
	want("disconnected", "map[disconnected:2]")
	f.want("PATCH", ofAlice, `{"blocked":true}`, 204, "")
	want("disabled", "map[disabled:1 disconnected:1]")
	f.want("GET", ofMini, "", 200, "an operator has blocked the client")
}
