package chain_test

import (
	"context"
	"sync"
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
	"github.com/ilp-go/connector/ledger"
	"github.com/ilp-go/connector/nodehost/chain"
)

// process is the external side of a test: it keeps what it is called with.
type process struct {
	*chain.Chain

	mu       sync.Mutex
	full     bool
	during   func() // is called by the next Stage or Outcome before that returns
	asked    []asked
	outcomes []outcome
	over     []uint32
	flights  map[uint32]*flight // of the model, by call
	refused  []asked            // while it was full; those without a Prepare were outcomes
}

// asked is a call of a stage.
type asked struct {
	stage, id uint32
	prepare   ilp.Prepare
}

// outcome is what next returned.
type outcome struct {
	stage, id uint32
	reply     ilp.Reply
}

func newProcess() *process {
	x := &process{flights: make(map[uint32]*flight)}
	x.Chain = chain.New(x)
	return x
}

func (x *process) Stage(stage, id uint32, packet []byte, _ *ilp.ReadBatch) bool {
	defer x.interrupt()
	x.mu.Lock()
	defer x.mu.Unlock()
	prepare, err := ilp.ParsePrepare(append([]byte(nil), packet...))
	if err != nil {
		panic(err)
	}
	if x.full {
		x.refused = append(x.refused, asked{stage, id, prepare})
		return false
	}
	x.asked = append(x.asked, asked{stage, id, prepare})
	return true
}

func (x *process) Outcome(stage, id uint32, reply *ilp.Reply, _ *ilp.ReadBatch) bool {
	defer x.interrupt()
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.full {
		x.refused = append(x.refused, asked{stage: stage, id: id})
		return false
	}
	kept, _ := reply.Clone(nil)
	x.outcomes = append(x.outcomes, outcome{stage, id, kept})
	return true
}

// interrupt does what the test wants to happen in the middle of a call of the Carrier.
func (x *process) interrupt() {
	x.mu.Lock()
	during := x.during
	x.during = nil
	x.mu.Unlock()
	if during != nil {
		during()
	}
}

func (x *process) Over(_, id uint32) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.over = append(x.over, id)
}

// take returns the oldest call of a stage, which must have come.
func (x *process) take(t *testing.T) asked {
	t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.asked) == 0 {
		t.Fatal("no stage was called")
	}
	a := x.asked[0]
	x.asked = x.asked[1:]
	return a
}

// outcome returns the oldest outcome of next, which must have come.
func (x *process) outcome(t *testing.T) outcome {
	t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.outcomes) == 0 {
		t.Fatal("next has not returned")
	}
	o := x.outcomes[0]
	x.outcomes = x.outcomes[1:]
	return o
}

// fill says whether the process takes no more calls.
func (x *process) fill(full bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.full = full
}

// idle fails the test if a call is left.
func (x *process) idle(t testing.TB) {
	t.Helper()
	if n := x.Calls(); n != 0 {
		t.Errorf("%d calls are left", n)
	}
}

// run ends slow calls until the test ends.
func (x *process) run(t testing.TB) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); x.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
}

// at is where stages stand.
type at struct {
	account  string
	pipeline chain.Pipeline
	after    middleware.Name
}

// books is a ledger that has written everything at once, and knows the sums.
type books struct {
	mu     sync.Mutex
	posted map[string]balance.Amount
	fail   error // of the next entry
}

func newBooks() *books { return &books{posted: make(map[string]balance.Amount)} }

func (b *books) Enter(t ledger.Transfer, w ledger.Waiter, _ *ilp.ReadBatch) {
	b.mu.Lock()
	err := b.fail
	b.fail = nil
	if err == nil {
		if t.From != nil {
			b.posted[t.From.ID], _ = b.posted[t.From.ID].Add(balance.FromUint64(t.In))
		}
		if t.To != nil {
			b.posted[t.To.ID], _ = b.posted[t.To.ID].Sub(balance.FromUint64(t.Out))
		}
	}
	b.mu.Unlock()
	w.Written(nil, err)
}

func (*books) State(int64) ledger.State { return ledger.Ready }

func (b *books) of(id string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.posted[id].String()
}

// hosted is a node with places, from alice to bob, who keeps what he is sent.
type hosted struct {
	*enginetest.Node
	accounts *chain.Accounts
	books    *books
}

func newHosted(t testing.TB, edits ...func(*enginetest.Config)) *hosted {
	h := newStill(t, edits...)
	h.Run(t)
	return h
}

// newStill returns a node whose packets do not expire before Run.
func newStill(t testing.TB, edits ...func(*enginetest.Config)) *hosted {
	h := &hosted{accounts: chain.NewAccounts("audit"), books: newBooks()}
	h.Node = enginetest.New(append([]func(*enginetest.Config){func(c *enginetest.Config) {
		c.Places, c.Ledger = h.accounts.Places, h.books
	}}, edits...)...)
	for _, id := range []string{"alice", "bob"} {
		h.Add(t, id, ilptest.NewLink(), everything)
		h.arrange(t, id, nil)
	}
	return h
}

// everything is an edit that gives an account a part in every middleware.
func everything(s *account.Settings) {
	s.PacketAmountMax = 1 << 60
	s.Throughput = account.Throughput{Period: 1e9, Incoming: 1 << 60, Outgoing: 1 << 60}
}

// arrange has stages stand in the pipelines of an account.
func (h *hosted) arrange(t testing.TB, id string, stages map[at][]*chain.Stage) {
	t.Helper()
	if err := h.accounts.Of(id).Arrange(inserted(h.accounts.Of(id), id, stages)); err != nil {
		t.Fatal(err)
	}
}

func inserted(a *chain.Account, id string, stages map[at][]*chain.Stage) (ins chain.Insertions) {
	for p := range chain.Pipeline(len(ins)) {
		put := func(after middleware.Name) {
			for _, s := range stages[at{id, p, after}] {
				ins[p] = append(ins[p], chain.Entry{Stage: s})
			}
		}
		put("")
		for _, name := range a.Builtin(p) {
			ins[p] = append(ins[p], chain.Entry{Name: name})
			put(name)
		}
	}
	return ins
}

// with returns a node with one stage, in its process.
func with(t testing.TB, id string, p chain.Pipeline, after middleware.Name) (*hosted, *process) {
	h, x := newHosted(t), newProcess()
	h.arrange(t, id, map[at][]*chain.Stage{{id, p, after}: {x.Chain.Stage(1, "audit")}})
	return h, x
}

// everywhere is every place on the way from alice to bob, and whether what comes back there has moved money.
var everywhere = []struct {
	at
	moved bool
}{
	{at{"alice", chain.IncomingData, ""}, true}, {at{"alice", chain.IncomingData, "errorHandler"}, true},
	{at{"alice", chain.IncomingData, "rateLimit"}, true}, {at{"alice", chain.IncomingData, "maxPacketAmount"}, true},
	{at{"alice", chain.IncomingData, "throughput"}, true}, {at{"alice", chain.IncomingData, "balance"}, true},
	{at{"alice", chain.IncomingData, "echo"}, true}, {at{"alice", chain.IncomingData, "stats"}, true},
	{at{"bob", chain.OutgoingData, ""}, true}, {at{"bob", chain.OutgoingData, "throughput"}, true},
	{at{"bob", chain.OutgoingData, "balance"}, false}, {at{"bob", chain.OutgoingData, "deduplicate"}, false},
	{at{"bob", chain.OutgoingData, "expire"}, false}, {at{"bob", chain.OutgoingData, "validateFulfillment"}, false},
	{at{"bob", chain.OutgoingData, "stats"}, false}, {at{"bob", chain.OutgoingData, "alert"}, false},
}

// wantBooks fails the test unless both balances, and what is written of them, are as told.
func (h *hosted) wantBooks(t *testing.T, alice, bob string) {
	t.Helper()
	for id, want := range map[string]string{"alice": alice, "bob": bob} {
		enginetest.WantPosted(t, h.Registry.Find(id), want)
		if got := h.books.of(id); got != want {
			t.Errorf("the ledger has %s for %s, want %s", got, id, want)
		}
	}
}

// edit returns the bytes of a Prepare with edits.
func edit(p ilp.Prepare, edits ...func(*ilp.Draft)) []byte {
	d := ilp.Draft{
		Amount: p.Amount(), Expiry: p.Expiry(), Condition: [ilp.ConditionBytes]byte(p.Condition()),
		Destination: string(p.Destination()), Data: p.Data(),
	}
	for _, e := range edits {
		e(&d)
	}
	return d.Append(nil)
}
