package connector_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ildcp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link"
)

// parentLink is the link to a parent that connects and answers ILDCP as the test says. It
// fulfills all else.
type parentLink struct {
	handler chan ilp.Handler
	asked   chan ilp.ReplyWriter // each request of ILDCP, which the test answers
	ready   chan struct{}

	mu      sync.Mutex
	since   time.Time // of the connection, or of its loss
	up      bool
	changed func(bool)
}

func newParentLink() *parentLink {
	return &parentLink{
		handler: make(chan ilp.Handler, 1), asked: make(chan ilp.ReplyWriter, 10), ready: make(chan struct{}),
	}
}

func (l *parentLink) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	switch {
	case !l.Connected():
		up.WriteReply(ilp.Fail(ilp.T01, "no connection to account."))
	case string(prepare.Destination()) == ildcp.Destination:
		l.asked <- up
	default:
		up.WriteReply(prepare.Reply(ilptest.Fulfill()))
	}
}

func (l *parentLink) Run(ctx context.Context, h ilp.Handler, changed func(bool)) {
	l.mu.Lock()
	l.changed = changed
	l.mu.Unlock()
	l.connect()
	close(l.ready)
	l.handler <- h
	<-ctx.Done()
}

// connect begins a new connection, connected or not before.
func (l *parentLink) connect() {
	l.set(true)
	l.changed(true)
}

// disconnect loses the connection.
func (l *parentLink) disconnect() {
	l.set(false)
	l.changed(false)
}

// set changes the state of the connection, and tells nobody.
func (l *parentLink) set(up bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.up, l.since = up, time.Now()
}

func (l *parentLink) Connected() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.up
}
func (l *parentLink) Ready() <-chan struct{} { return l.ready }
func (l *parentLink) Status() link.Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	state := link.Connecting
	if l.up {
		state = link.Established
	}
	return link.Status{State: state, Since: l.since}
}

// answer waits for a request of ILDCP and answers it.
func (l *parentLink) answer(t *testing.T, address, asset string, scale uint8) {
	t.Helper()
	r := ildcp.Response{ClientAddress: address, AssetCode: asset, AssetScale: scale}
	reply, err := ilp.ParseReply(r.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	(<-l.asked).WriteReply(reply)
}

// family is a connector with a parent and a child, up and kid.
type family struct {
	*connector.Connector
	up     *parentLink
	parent connector.Link // in place of up, if it is set
	kid    *testLink
	log    *bytes.Buffer // to read once stop has returned
	stop   func()

	fromUp, fromKid ilp.Handler
}

// newFamily starts a connector whose parent has not answered yet. more are settings of the
// account of the parent, and lines are further lines of the configuration.
func newFamily(t *testing.T, more string, lines ...string) *family {
	t.Helper()
	f := &family{up: newParentLink(), kid: newTestLink(ilptest.Fulfilling()), log: new(bytes.Buffer)}
	f.Connector, f.stop = start(t, `
backend: one-to-one
spread: 0
accounts:
  up: {relation: parent, plugin: test, assetCode: EUR, assetScale: 6`+more+`}
  kid: {relation: child, plugin: test, assetCode: EUR, assetScale: 6}
`+strings.Join(lines, "\n"), connector.WithPlugin("test", func(a config.Account, _ *slog.Logger) (connector.Link, error) {
		switch {
		case a.Relation == account.Parent && f.parent != nil:
			return f.parent, nil
		case a.Relation == account.Parent:
			return f.up, nil
		}
		return f.kid, nil
	}), connector.WithLog(slog.New(slog.NewTextHandler(f.log, nil))))
	f.fromUp = <-f.up.handler
	return f
}

// begin has the parent answer for the first time.
func (f *family) begin(t *testing.T) {
	t.Helper()
	f.up.answer(t, "test.up.us", "EUR", 6)
	f.fromKid = <-f.kid.handler
	awaitReady(t, f)
	f.wantPassed(t, true)
}

// wantPassed checks whether packets of value pass, in both directions.
func (f *family) wantPassed(t *testing.T, pass bool) {
	t.Helper()
	for _, way := range []struct {
		from ilp.Handler
		to   string
		code ilp.Code
	}{{f.fromUp, "test.up.us.kid.x", ilp.T00}, {f.fromKid, "test.else", ilp.T01}} {
		r := ilptest.NewRecorder()
		way.from.HandlePrepare(r, ilptest.Prepare(way.to, 5))
		if reply := r.Reply(); reply.Fulfilled() != pass || !pass && reply.Code() != way.code {
			t.Errorf("to %s: fulfilled %t, %s %s", way.to, reply.Fulfilled(), reply.Code(), reply.Message())
		}
	}
}

// awaitPassing waits until packets pass.
func (f *family) awaitPassing(t *testing.T) {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); <-ticker.C {
		r := ilptest.NewRecorder()
		f.fromKid.HandlePrepare(r, ilptest.Prepare("test.else", 1))
		if reply := r.Reply(); reply.Fulfilled() {
			f.wantPassed(t, true)
			return
		}
	}
	t.Fatal("no packet passes after a minute")
}

// mismatch is the beginning of the alert and of the reason.
const mismatch = `the parent says that this account is in "USD" with scale 9, and our configuration says "EUR" with scale 6: `

// wantMismatch waits for the alert, and checks what operators are told.
func (f *family) wantMismatch(t *testing.T) {
	t.Helper()
	awaitAlerts(t, f.Connector, 1)
	if a := f.Alerts().All()[0]; a.AccountID != "up" || !strings.HasPrefix(a.Message, mismatch) {
		t.Errorf("%+v", a)
	}
	reasons := connector.Unready(f.Connector)
	if len(reasons) == 0 || !strings.HasPrefix(reasons[len(reasons)-1], "account up: "+mismatch) {
		t.Errorf("%q", reasons)
	}
}

func TestAddressOfAParentWithAnotherAssetIsNotAdopted(t *testing.T) {
	f := newFamily(t, "")
	f.up.answer(t, "test.up.us", "USD", 9)
	f.wantMismatch(t)
	if own := f.Address(); own != "" {
		t.Errorf("our address is %s", own)
	}
	r := ilptest.NewRecorder()
	f.fromUp.HandlePrepare(r, ilptest.Prepare("test.up.us", 5))
	if reply := r.Reply(); reply.Fulfilled() || reply.Code() != ilp.T00 {
		t.Errorf("%s %s", reply.Code(), reply.Message())
	}
	f.up.answer(t, "test.up.us", "USD", 9) // says the same again
	f.begin(t)                             // is mended
	awaitAlerts(t, f.Connector, 0)
	if reasons := connector.Unready(f.Connector); len(reasons) > 0 {
		t.Errorf("%q", reasons)
	}
	f.stop()
	if n := strings.Count(f.log.String(), `level=ERROR msg="the parent says another asset than our account, which takes no packets until they agree" account=up theirs="\"USD\" with scale 9" ours="\"EUR\" with scale 6"`); n != 1 {
		t.Errorf("%d lines of it: %s", n, f.log)
	}
}

func TestAnotherAssetMayBeAllowed(t *testing.T) {
	f := newFamily(t, ", assetMismatch: allow")
	f.up.answer(t, "test.up.us", "USD", 9)
	f.fromKid = <-f.kid.handler
	awaitReady(t, f)
	f.wantPassed(t, true)
	if raised := f.Alerts().All(); len(raised) > 0 {
		t.Errorf("%+v", raised)
	}
	f.stop()
	if !strings.Contains(f.log.String(), "which is allowed") {
		t.Error(f.log)
	}
}

// The parent may have been configured anew while it was away.
func TestNoPacketPassesUntilTheParentHasAnsweredOverANewConnection(t *testing.T) {
	f := newFamily(t, "")
	f.begin(t)
	f.up.disconnect()
	f.up.connect()
	f.wantPassed(t, false)
	if reasons := connector.Unready(f.Connector); len(reasons) > 0 {
		t.Errorf("a parent that has not answered yet is no reason: %q", reasons)
	}
	f.up.answer(t, "test.up.us", "EUR", 6)
	f.awaitPassing(t)
	if raised := f.Alerts().All(); len(raised) > 0 {
		t.Errorf("%+v", raised)
	}
}

func TestNoPacketPassesWhileAParentHasAnotherAsset(t *testing.T) {
	for _, other := range []ildcp.Response{{AssetCode: "USD", AssetScale: 6}, {AssetCode: "EUR", AssetScale: 9}, {AssetCode: "eur", AssetScale: 6}} {
		f := newFamily(t, "")
		f.begin(t)
		f.up.disconnect()
		f.up.connect()
		f.up.answer(t, "test.up.us", other.AssetCode, other.AssetScale)
		awaitAlerts(t, f.Connector, 1)
		f.wantPassed(t, false)
		if own := f.Address(); own != "test.up.us" {
			t.Errorf("our address is %q", own)
		}
		// It stays so over further connections, and if the parent says nothing more.
		f.up.disconnect()
		f.up.connect()
		(<-f.up.asked).WriteReply(ilptest.Reject(ilp.T00, "not now"))
		again := <-f.up.asked // so the refusal has been taken
		f.wantPassed(t, false)
		f.up.asked <- again
		if reasons := connector.Unready(f.Connector); len(reasons) != 1 {
			t.Errorf("%q", reasons)
		}
		f.up.answer(t, "test.up.us", "EUR", 6)
		f.awaitPassing(t)
		awaitAlerts(t, f.Connector, 0)
		f.stop()
	}
}

// A parent that does not answer ILDCP once more must not cut us off.
func TestLastAnswerOfAParentCountsIfItRefusesAnother(t *testing.T) {
	f := newFamily(t, "")
	f.begin(t)
	f.up.disconnect()
	f.up.connect()
	(<-f.up.asked).WriteReply(ilptest.Reject(ilp.F00, "no child of mine"))
	f.awaitPassing(t)
	f.up.answer(t, "test.up.us", "EUR", 9) // and yet it is asked again
	awaitAlerts(t, f.Connector, 1)
	f.wantPassed(t, false)
}

// An address that changes while we run would take routes, children and packets with it.
func TestAnotherAddressOfAParentTakesARestart(t *testing.T) {
	f := newFamily(t, "")
	f.begin(t)
	f.up.disconnect()
	f.up.connect()
	f.up.answer(t, "test.up.moved", "EUR", 6)
	f.awaitPassing(t)
	awaitAlerts(t, f.Connector, 1)
	if a := f.Alerts().All()[0]; a.Message != "the parent gives us the address test.up.moved now, and we keep test.up.us until a restart" || f.Address() != "test.up.us" {
		t.Errorf("%+v, our address is %s", a, f.Address())
	}
	f.up.disconnect()
	f.up.connect()
	f.up.answer(t, "test.up.us", "EUR", 6)
	awaitAlerts(t, f.Connector, 0)
}

// A restart adopts the address that the alert of the last run is about.
func TestRestartEndsTheAlertAboutAnotherAddress(t *testing.T) {
	f := newFamily(t, "")
	f.Alerts().RaiseKind(time.Now(), "up", "address changed", "of the last run")
	f.begin(t)
	if raised := f.Alerts().All(); len(raised) > 0 {
		t.Errorf("%+v", raised)
	}
}

// Asked once for each connection: another answer would change nothing, and costs a packet.
func TestParentIsAskedOnceForEachConnection(t *testing.T) {
	f := newFamily(t, "")
	f.begin(t)
	for range 3 {
		f.up.disconnect()
		f.up.connect()
		f.up.answer(t, "test.up.us", "EUR", 6)
		f.awaitPassing(t)
	}
	f.up.changed(true) // says the same of the same connection
	f.wantPassed(t, true)
	f.stop()
	if n := len(f.up.asked); n > 0 {
		t.Errorf("asked %d times more", n)
	}
}

// A listener may take a new connection of the parent for one that it has not missed yet.
func TestParentWhoseConnectionWasReplacedUnnoticedIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFamily(t, "")
		f.begin(t)
		time.Sleep(time.Second)
		f.up.set(true)
		time.Sleep(31 * time.Second)
		f.wantPassed(t, false)
		f.up.answer(t, "test.up.us", "EUR", 6)
		synctest.Wait()
		f.wantPassed(t, true)
		time.Sleep(time.Hour)
		f.wantPassed(t, true)
		if n := len(f.up.asked); n > 0 {
			t.Errorf("asked %d times more", n)
		}
	})
}

// A parent that is silent costs the account ten seconds.
func TestParentThatIsSilentIsWaitedForTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFamily(t, "")
		f.begin(t)
		time.Sleep(time.Second)
		f.up.disconnect()
		time.Sleep(time.Second)
		f.up.connect()
		time.Sleep(9 * time.Second)
		f.wantPassed(t, false)
		time.Sleep(2 * time.Second)
		f.wantPassed(t, true)
	})
}

func TestOperatorsSeeAnAccountThatIsSuspended(t *testing.T) {
	f := newFamily(t, "")
	f.begin(t)
	f.up.disconnect()
	f.up.connect()
	if l := connector.LinkOf(f.Connector, "up"); l.Connected || l.State != "configuring" {
		t.Errorf("not asked yet: %+v", l)
	}
	f.up.answer(t, "test.up.us", "USD", 9)
	awaitAlerts(t, f.Connector, 1)
	if l := connector.LinkOf(f.Connector, "up"); l.Connected || l.State != "degraded" || !strings.HasPrefix(l.LastError, mismatch) || l.Since.IsZero() {
		t.Errorf("another asset: %+v", l)
	}
	f.up.answer(t, "test.up.us", "EUR", 6)
	f.awaitPassing(t)
	if l := connector.LinkOf(f.Connector, "up"); !l.Connected || l.State != "configuring" || l.LastError != "" {
		t.Errorf("mended: %+v", l)
	}
}

// The same holds for an address that is configured: config warns of it.
func TestInheritedAddressOutsideTheNetworkIsWarnedOf(t *testing.T) {
	for _, given := range []struct{ env, address, warning string }{
		{"test", "g.up.us", "env: is test, whose network is test.*, but our address begins with g: "},
		{"production", "test.up.us", "env: is production, whose network is g.*, but our address begins with test: "},
		{"production", "g.up.us", ""},
		{"test", "private.up.us", ""},
	} {
		f := newFamily(t, "", "env: "+given.env)
		f.up.answer(t, given.address, "EUR", 6)
		awaitReady(t, f)
		raised := f.Alerts().All()
		f.stop()
		if given.warning == "" {
			if len(raised) > 0 || strings.Contains(f.log.String(), "our address begins with") {
				t.Errorf("%s in %s: %+v, %s", given.address, given.env, raised, f.log)
			}
			continue
		}
		want := "the parent gave us the address " + given.address + ": " + given.warning
		if len(raised) != 1 || raised[0].AccountID != "up" || !strings.HasPrefix(raised[0].Message, want) {
			t.Errorf("%s in %s: %+v", given.address, given.env, raised)
		}
		if !strings.Contains(f.log.String(), `level=WARN msg=configuration warning="`+given.warning) {
			t.Errorf("%s in %s: %s", given.address, given.env, f.log)
		}
	}
}
