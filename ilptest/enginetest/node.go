// Package enginetest has an engine ready for tests: every built-in middleware, a
// recording link for each account, and a route to each. It is to the engine what
// httptest is to net/http.
package enginetest

import (
	"context"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/engine/middleware/dedupe"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/route"
)

// Address is the address of every Node.
const Address = "test.us"

// Config is what a Node may be made of instead of the defaults.
type Config struct {
	Settings engine.Settings
	Disabled []middleware.Name
	Custom   []middleware.Named
	Locals   []engine.LocalAt
	Pongs    middleware.Pongs
	Payer    middleware.Payer
	Ledger   middleware.Ledger
	Earner   middleware.Earner
	Feeds    []*rate.Feed
	Places   middleware.PlaceFactory
}

// Node is an engine with its middlewares, accounts and links. Its own methods are
// for one goroutine; those of the parts are as safe as they are.
type Node struct {
	*engine.Engine
	Registry   *account.Registry
	Alerts     *account.Alerts
	Duplicates *dedupe.Memory
	Set        *middleware.Set
	Watched    Watched
	Ports      map[string]*engine.Port

	links map[string]engine.Link
	extra map[string]route.Hop // routes besides those to the accounts
}

// New makes a Node at Address with all rates at par, whose packets expire once
// Run has been called. It keeps one second of each packet's time, waits at most
// 30, and reflects payments.
func New(edits ...func(*Config)) *Node {
	c := Config{Settings: engine.Settings{MinMessageWindow: 1000, MaxHoldTime: 30000, ReflectPayments: true}}
	for _, edit := range edits {
		edit(&c)
	}
	n := &Node{
		Registry:   account.NewRegistry(),
		Alerts:     account.NewAlerts(time.Now()),
		Duplicates: dedupe.NewMemory(),
		Ports:      make(map[string]*engine.Port),
		links:      make(map[string]engine.Link),
		extra:      map[string]route.Hop{Address: route.Self},
	}
	n.Set = middleware.NewSet(middleware.Services{
		Duplicates: n.Duplicates, Alerts: n.Alerts, Pongs: c.Pongs, Payer: c.Payer, Ledger: c.Ledger, Earner: c.Earner, Feeds: c.Feeds, Places: c.Places,
	}, c.Disabled, c.Custom)
	n.Watched.set = n.Set
	n.Engine = engine.New(engine.Options{Settings: c.Settings, Locals: c.Locals, Watch: &n.Watched})
	n.SetAddress(Address)
	n.SetRates(rate.NewTable(time.Now(), rate.Par, rate.Spread{}))
	return n
}

// Run expires packets until stop is called or the test ends. After stop it is not
// in the middle of expiring one.
func (n *Node) Run(t testing.TB) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.Engine.Run(ctx)
	}()
	stop = func() {
		cancel()
		<-done
	}
	t.Cleanup(stop)
	return stop
}

// Add attaches an account that has a balance but no limits worth the name, and
// routes Address.ID to it. Edits change its settings first.
func (n *Node) Add(t testing.TB, id string, link engine.Link, edits ...func(*account.Settings)) *account.Account {
	t.Helper()
	s := account.Settings{
		Relation: account.Child, AssetCode: "USD", AssetScale: 9,
		RateLimit:      account.RateLimit{Period: time.Second, Count: 1 << 40, Capacity: 1 << 40},
		Limits:         &balance.Limits{Minimum: balance.NegativeInfinity(), Maximum: balance.Infinity()},
		DedupeLifetime: 30 * time.Second,
	}
	for _, edit := range edits {
		edit(&s)
	}
	a := account.New(id, s)
	if err := n.Registry.Add(a); err != nil {
		t.Fatal(err)
	}
	n.Attach(a, link)
	n.Route(Address+"."+id, id)
	return a
}

// Attach gives an account of the registry its port, anew perhaps.
func (n *Node) Attach(a *account.Account, link engine.Link) {
	in, out := n.Set.Chains(a)
	n.links[a.ID] = link
	n.Ports[a.ID] = n.Engine.Attach(a, link, in, out)
}

// Route adds a route to an account.
func (n *Node) Route(prefix, id string) {
	n.extra[prefix] = route.Hop(n.Registry.Find(id).Number)
	n.SetRoutes(route.NewTable(func(yield func(string, route.Hop) bool) {
		for prefix, hop := range n.extra {
			if !yield(prefix, hop) {
				return
			}
		}
	}))
}

// Link returns the link of an account that was added with an ilptest.Link.
func (n *Node) Link(id string) *ilptest.Link { return n.links[id].(*ilptest.Link) }

// Start sends a packet from an account and returns who gets the answer.
func (n *Node) Start(from string, prepare ilp.Prepare) *ilptest.Recorder {
	r := ilptest.NewRecorder()
	n.Ports[from].HandlePrepare(r, prepare)
	return r
}

// Send sends a packet from an account and waits for the answer.
func (n *Node) Send(from string, prepare ilp.Prepare) ilp.Reply {
	return n.Start(from, prepare).Reply()
}

// Originate sends a packet of the node's own and waits for the answer.
func (n *Node) Originate(prepare ilp.Prepare) ilp.Reply {
	r := ilptest.NewRecorder()
	n.Engine.Originate(r, prepare)
	return r.Reply()
}
