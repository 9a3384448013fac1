package connector_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/freeport"
	"github.com/ilp-go/connector/link"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a connector with a configuration in YAML until the test ends, and
// waits until each account was connected once.
func start(t *testing.T, yaml string, options ...connector.Option) (c *connector.Connector, stop func()) {
	t.Helper()
	return startToEnd(t, yaml, func(err error) {
		if err != nil {
			t.Errorf("run ended with %v", err)
		}
	}, options...)
}

// awaitReady waits until a connector is ready. One that could not start never is.
func awaitReady(t *testing.T, c interface{ Ready() <-chan struct{} }) {
	t.Helper()
	select {
	case <-c.Ready():
	case <-time.After(time.Minute):
		t.Fatal("the connector is not ready after a minute")
	}
}

// awaitConnected waits until an account is connected. The start does not wait for children.
func awaitConnected(t *testing.T, c *connector.Connector, id string) {
	t.Helper()
	await(t, id+" to connect", func() bool {
		a, _ := c.Account(id)
		return a.Connected
	})
}

// startToEnd is start for a run that may end with an error.
func startToEnd(t *testing.T, yaml string, ended func(error), options ...connector.Option) (c *connector.Connector, stop func()) {
	t.Helper()
	cfg, _, err := config.Parse("test.yaml", []byte(yaml), nil, connector.Known(options...))
	if err != nil {
		t.Fatal(err)
	}
	if testing.Verbose() {
		options = append([]connector.Option{connector.WithLog(slog.New(slog.NewTextHandler(os.Stderr, nil)))}, options...)
	}
	if c, err = connector.New(cfg, options...); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		ended(<-done)
	}
	t.Cleanup(stop)
	return c, stop
}

// freePort returns a port that nothing listens on.
func freePort(t *testing.T) int {
	t.Helper()
	port, err := freeport.Take()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// testLink is a connector.Link around a test double.
type testLink struct {
	*ilptest.Link
	handler chan ilp.Handler
	ready   chan struct{}
}

func newTestLink(l *ilptest.Link) *testLink {
	ready := make(chan struct{})
	close(ready)
	return &testLink{l, make(chan ilp.Handler, 1), ready}
}

func (l *testLink) Run(ctx context.Context, h ilp.Handler, _ func(bool)) {
	l.handler <- h
	<-ctx.Done()
}
func (l *testLink) Ready() <-chan struct{} { return l.ready }
func (l *testLink) Status() link.Status    { return link.Status{State: link.Established} }

// links is a plugin named "test" that gives each account the link of its id.
func links(byID map[string]*testLink) connector.Option {
	return connector.WithPlugin("test", func(a config.Account, _ *slog.Logger) (connector.Link, error) {
		l, ok := byID[a.ID]
		if !ok {
			return nil, fmt.Errorf("no link for %s", a.ID)
		}
		return l, nil
	})
}

const twoAccounts = `
ilpAddress: test.us
backend: one-to-one
spread: 0
accounts:
  alice: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "1000"}}
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 4, balance: {maximum: "1000"}}
`

func TestPacketPassesBetweenTwoAccounts(t *testing.T) {
	alice, bob := newTestLink(ilptest.NewLink()), newTestLink(ilptest.Fulfilling())
	c, _ := start(t, twoAccounts, links(map[string]*testLink{"alice": alice, "bob": bob}))
	r := ilptest.NewRecorder()
	(<-alice.handler).HandlePrepare(r, ilptest.Prepare("test.us.bob.x", 5))
	if reply := r.Reply(); !reply.Fulfilled() {
		t.Fatalf("rejected with %s %s", reply.Code(), reply.Message())
	}
	if got := snapshot(c, "bob").Posted.String(); got != "-500" {
		t.Errorf("bob owes us %s, want -500", got)
	}
}

func TestDrainFinishesWhatIsInFlightAndRefusesTheRest(t *testing.T) {
	alice, bob := newTestLink(ilptest.NewLink()), newTestLink(ilptest.NewLink())
	c, stop := start(t, twoAccounts, links(map[string]*testLink{"alice": alice, "bob": bob}))
	h := <-alice.handler
	first := ilptest.NewRecorder()
	h.HandlePrepare(first, ilptest.Prepare("test.us.bob", 5))
	sent := bob.Take()

	stopping := make(chan struct{})
	go func() {
		defer close(stopping)
		stop()
	}()
	refused := false
	for !refused { // Run hears of the end of its context a moment later
		r := ilptest.NewRecorder()
		h.HandlePrepare(r, ilptest.Prepare("test.us.nobody", 1))
		reply := r.Reply()
		refused = reply.Code() == ilp.T03
	}
	sent.Up.WriteReply(ilptest.Fulfill())
	if reply := first.Reply(); !reply.Fulfilled() {
		t.Errorf("a packet in flight was answered %s while draining", reply.Code())
	}
	<-stopping
	if got := snapshot(c, "alice").Posted.String(); got != "5" {
		t.Errorf("alice owes us %s", got)
	}
}

func TestAddressIsInheritedFromAParentThatComesLate(t *testing.T) {
	port := freePort(t)
	child, _ := start(t, fmt.Sprintf(`
backend: one-to-one
initialConnectTimeout: 100
accounts:
  up:
    relation: parent
    plugin: ilp-plugin-btp
    assetCode: USD
    assetScale: 2
    options: {server: "btp+ws://:secret@127.0.0.1:%d", reconnectInterval: 20}
`, port))
	if got := child.Address(); got != "" {
		t.Fatalf("the address is %q before anybody could tell it", got)
	}
	parent, _ := start(t, fmt.Sprintf(`
ilpAddress: test.parent
backend: one-to-one
accounts:
  kid:
    relation: child
    plugin: ilp-plugin-btp
    assetCode: USD
    assetScale: 2
    options: {listener: {port: %d, secret: secret, wsOpts: {port: %[1]d, host: 127.0.0.1}}}
`, port))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for child.Address() == "" && ctx.Err() == nil {
		_, _ = parent.Ping(ctx, "test.parent.kid") // gives the network a turn
	}
	if got := child.Address(); got != "test.parent.kid" {
		t.Fatalf("the address is %q, want test.parent.kid", got)
	}
	for name, ping := range map[string]func() (time.Duration, error){
		"the parent pings its child": func() (time.Duration, error) { return parent.Ping(ctx, "test.parent.kid") },
		"the child pings its parent": func() (time.Duration, error) { return child.Ping(ctx, "test.parent") },
	} {
		var err error
		for ctx.Err() == nil { // until the child's routes know the new address
			if _, err = ping(); err == nil {
				break
			}
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAccountsComeAndGoWhileOthersWork(t *testing.T) {
	alice, bob, carol := newTestLink(ilptest.NewLink()), newTestLink(ilptest.Fulfilling()), newTestLink(ilptest.Fulfilling())
	plugin := links(map[string]*testLink{"alice": alice, "bob": bob, "carol": carol})
	c, _ := start(t, twoAccounts, plugin)
	h := <-alice.handler
	<-bob.handler
	send := func(to string) ilp.Reply {
		r := ilptest.NewRecorder()
		h.HandlePrepare(r, ilptest.Prepare(to, 1))
		return r.Reply()
	}
	account := func(id string) config.Account {
		a, _, err := config.ParseAccount(id, []byte(`{"relation":"child","plugin":"test","assetCode":"USD","assetScale":2}`), connector.Known(plugin))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	if reply := send("test.us.carol"); reply.Code() != ilp.F02 {
		t.Errorf("carol is not there, but the answer is %s", reply.Code())
	}
	for range 2 { // the same id may come again
		if err := c.AddAccount(account("carol")); err != nil {
			t.Fatal(err)
		}
		<-carol.handler
		if reply := send("test.us.carol"); !reply.Fulfilled() {
			t.Errorf("carol is there, but the answer is %s %s", reply.Code(), reply.Message())
		}
		if err := c.AddAccount(account("carol")); err == nil {
			t.Error("an account was added twice")
		}
		if err := c.RemoveAccount("carol"); err != nil {
			t.Fatal(err)
		}
		if reply := send("test.us.carol"); reply.Code() != ilp.F02 {
			t.Errorf("carol is gone, but the answer is %s", reply.Code())
		}
	}
	if err := c.RemoveAccount("carol"); err == nil {
		t.Error("an account was removed that is not there")
	}
	if reply := send("test.us.bob"); !reply.Fulfilled() {
		t.Errorf("bob was there all the time, but the answer is %s", reply.Code())
	}
}

// panicking is a link whose plugin is broken.
type panicking struct{ *testLink }

func (panicking) Run(context.Context, ilp.Handler, func(bool)) { panic("broken plugin") }

func TestBrokenPluginDoesNotStopTheOthers(t *testing.T) {
	alice, bob := newTestLink(ilptest.NewLink()), newTestLink(ilptest.Fulfilling())
	c, _ := start(t, twoAccounts+`  bad: {relation: child, plugin: bad, assetCode: USD, assetScale: 2}
`, links(map[string]*testLink{"alice": alice, "bob": bob}),
		connector.WithPlugin("bad", func(config.Account, *slog.Logger) (connector.Link, error) {
			return panicking{newTestLink(ilptest.NewLink())}, nil
		}))
	r := ilptest.NewRecorder()
	(<-alice.handler).HandlePrepare(r, ilptest.Prepare("test.us.bob", 1))
	if reply := r.Reply(); !reply.Fulfilled() {
		t.Errorf("answered %s", reply.Code())
	}
	for len(c.Alerts().All()) == 0 { // the link runs on a goroutine of its own
		runtime.Gosched()
	}
	if a := c.Alerts().All()[0]; a.AccountID != "bad" {
		t.Errorf("alert is %+v", a)
	}
}

func TestUnknownNamesAreRefusedWithTheListOfWhatThereIs(t *testing.T) {
	for _, c := range []struct{ yaml, want string }{
		{"ilpAddress: test.us\nbackend: nasdaq\naccounts: {}", "one-to-one"},
		{"ilpAddress: test.us\nstore: floppy\naccounts: {}", "memory"},
		{"ilpAddress: test.us\nmiddlewares: {m: {type: magic}}\naccounts: {}", "magic"},
		{"ilpAddress: test.us\naccounts: {a: {relation: peer, plugin: ilp-plugin-telex, assetCode: X, assetScale: 0}}", "ilp-plugin-btp"},
	} {
		cfg, _, err := config.Parse("test.yaml", []byte(c.yaml), nil, config.Known{
			Plugins: []string{"ilp-plugin-telex"}, Backends: []string{"nasdaq", "ecb"}, Stores: []string{"floppy", "memory"}, Middlewares: []string{"magic"},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := connector.New(cfg); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q gave %v, want it to name %s", c.yaml, err, c.want)
		}
	}
}

func TestRunIsCalledOnce(t *testing.T) {
	c, stop := start(t, "ilpAddress: test.us\nbackend: one-to-one\naccounts: {}")
	stop()
	if err := c.Run(t.Context()); err == nil {
		t.Error("a second Run was accepted")
	}
}

func TestAccountIsCheckedWithTheOthersAtRunTimeToo(t *testing.T) {
	taken := freePort(t)
	c, _ := start(t, fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
initialConnectTimeout: 1
accounts:
  alice: {relation: child, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, options: {listener: {port: %d, host: 127.0.0.1, secret: s}}}
`, taken))
	const account = `{"relation":"child","plugin":"ilp-plugin-btp","assetCode":"USD","assetScale":2,"ilpAddressSegment":%q,` +
		`"balance":{"maximum":"500","settleThreshold":"100","settleTo":"200"},"options":{"listener":{"port":%d,"host":"127.0.0.1","secret":"s"}}}`
	for _, test := range []struct {
		name, segment string
		port          int
		problem       string
	}{
		{"another child's address", "alice", freePort(t), "alice"},
		{"another account's port", "bob", taken, "port"},
		{"an address that is too long", strings.Repeat("x", 1020), freePort(t), "ILP address"},
		{"nothing wrong", "bob", freePort(t), ""},
	} {
		a, _, err := config.ParseAccount("bob", fmt.Appendf(nil, account, test.segment, test.port), connector.Known())
		if err != nil {
			t.Fatal(err)
		}
		err = c.AddAccount(a)
		if test.problem == "" && err != nil || test.problem != "" && (err == nil || !strings.Contains(err.Error(), test.problem)) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	awaitReady(t, c)
	await(t, "the account that was added is settled up to 200", func() bool { return snapshot(c, "bob").Posted.String() == "200" })
}

func TestCheckFindsWhatRunWouldRefuse(t *testing.T) {
	const base = "ilpAddress: test.us\naccounts: {}\n"
	for _, test := range []struct{ yaml, want string }{
		{base, ""},
		{base + "backend: ecb\nbackendConfig: {ratesApiUrl: 5}", "ratesApiUrl"},
		{base + "middlewares: {x: {type: y}}", `middlewares.x.type: cannot find the npm module "y"`},
		{base + "storePath: /dev/null", "storePath: /dev/null is not a directory"},
		{base + "storeConfig: {path: /dev/null/a}\nstorePath: /x", "storeConfig.path: /dev/null is not a directory"},
		{"ilpAddress: test.us\naccounts: {a: {relation: peer, plugin: loopback, assetCode: X, assetScale: 0, options: {fulfillment: zz}}}", "fulfillment"},
		{"ilpAddress: test.us\naccounts: {a: {relation: peer, plugin: ilp-plugin-btp, assetCode: X, assetScale: 0, " +
			"options: {server: 'btp+wss://:t@localhost:1', tls: {ca: nope.pem}}}}", "nope.pem"},
		{"ilpAddress: test.us\naccounts: {a: {relation: peer, plugin: ilp-plugin-btp, assetCode: X, assetScale: 0, " +
			"options: {server: 'btp+wss://:t@localhost:1', tls: {ca: .}}}}", "options.tls.ca: read .: is a directory, not a regular file"},
		{"ilpAddress: test.us\naccounts: {a: {relation: peer, plugin: ilp-plugin-btp, assetCode: X, assetScale: 0, " +
			"options: {listener: {port: 1, secret: s, tls: {cert: ., key: .}}}}}", "options.listener.tls.cert: read .: is a directory, not a regular file"},
	} {
		cfg, _, err := config.Parse("test.yaml", []byte(test.yaml), nil, connector.Known())
		if err != nil {
			t.Fatal(err)
		}
		_, err = connector.Check(cfg)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%q: %v", test.yaml, err)
		}
	}
}
