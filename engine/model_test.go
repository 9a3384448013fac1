package engine_test

import (
	"context"
	"maps"
	"math"
	"math/big"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// model is a node beside what its balances should be, in integers without bounds.
type model struct {
	node     *enginetest.Node
	accounts map[string]*money
	flights  []*flight // sent and not answered by us yet
	overdue  []*flight // expired, their links may still answer
	known    []*flight // answered, and remembered
	late     uint64
	rounded  *big.Rat // what rounding has left with us, in whole units
	packets  int
}

// money is an account as the model knows it.
type money struct {
	scale             uint8
	minimum, maximum  *big.Int // nil for none
	posted, pin, pout *big.Int // pin and pout are what is pending in and out
}

// flight is a packet that was sent, and its duplicates.
type flight struct {
	from, to string
	number   int
	in, out  *big.Int
	expires  time.Time
	sent     ilptest.Sent
	answer   *ilptest.Recorder
	again    []*flight
	code     ilp.Code // of the answer, 0 of a Fulfill
}

func newModel(t *testing.T) *model {
	m := &model{node: enginetest.New(), accounts: make(map[string]*money), rounded: new(big.Rat)}
	m.add(t, "nine", 9, nil, nil)
	m.add(t, "six", 6, big.NewInt(-10_000_000), big.NewInt(10_000_000))
	m.add(t, "none", 0, big.NewInt(-50), nil)
	m.add(t, "twelve", 12, nil, big.NewInt(1e15))
	return m
}

func (m *model) add(t *testing.T, id string, scale uint8, minimum, maximum *big.Int) {
	edits := []func(*account.Settings){enginetest.Scale(scale)}
	if minimum != nil {
		edits = append(edits, enginetest.Minimum(minimum.Int64()))
	}
	if maximum != nil {
		edits = append(edits, enginetest.Maximum(maximum.Int64()))
	}
	m.node.Add(t, id, ilptest.NewLink(), edits...)
	m.accounts[id] = &money{scale: scale, minimum: minimum, maximum: maximum, posted: new(big.Int), pin: new(big.Int), pout: new(big.Int)}
}

var ids = []string{"nine", "six", "none", "twelve"}

func drawAmount(rt *rapid.T) uint64 {
	return rapid.OneOf(
		rapid.Uint64Range(0, 3), rapid.Uint64Range(0, 100_000_000), rapid.Uint64Range(0, 1e14),
		rapid.SampledFrom([]uint64{math.MaxUint64, 10_000_000, 1e15, 50}),
	).Draw(rt, "amount")
}

// send sends a new packet and checks that it goes on or is refused as it should.
func (m *model) send(rt *rapid.T) {
	from, to := rapid.SampledFrom(ids).Draw(rt, "from"), rapid.SampledFrom(ids).Draw(rt, "to")
	amount, lives := drawAmount(rt), rapid.IntRange(20, 200).Draw(rt, "lives")
	m.packets++
	f := &flight{from: from, to: to, number: m.packets, in: new(big.Int).SetUint64(amount)}
	f.out = m.convert(f)
	f.expires = time.Now().Add(time.Duration(lives)*100*time.Millisecond - time.Second)
	f.answer = m.node.Start(from, m.prepare(f))
	if code, refused := m.refusal(f); refused {
		if reply := m.answered(rt, f); reply.Code() != code {
			rt.Fatalf("%s, want %s", describe(reply), code)
		}
		return
	}
	link := m.node.Link(to)
	if link.Kept() != 1 {
		rt.Fatalf("packet %d was not sent", f.number)
	}
	f.sent = link.Take()
	if sent := f.sent.Prepare; sent.Amount() != f.out.Uint64() || !sent.ExpiresAt().Equal(f.expires) {
		rt.Fatalf("sent %d until %v, want %s until %v", sent.Amount(), sent.ExpiresAt(), f.out, f.expires)
	}
	m.accounts[from].pin.Add(m.accounts[from].pin, f.in)
	m.accounts[to].pout.Add(m.accounts[to].pout, f.out)
	m.flights = append(m.flights, f)
}

func (m *model) prepare(f *flight) ilp.Prepare {
	return ilptest.Prepare("test.us."+f.to, f.in.Uint64(), ilptest.Data(numbered(f.number)),
		ilptest.ExpiresAt(f.expires.Add(time.Second).UnixMilli()))
}

// convert is the outgoing amount: scaled, rounded down.
func (m *model) convert(f *flight) *big.Int {
	return floor(f.in.Uint64(), big.NewRat(1, 1), m.accounts[f.from].scale, m.accounts[f.to].scale)
}

// refusal is what a packet is refused with, in the order of the limits.
func (m *model) refusal(f *flight) (code ilp.Code, refused bool) {
	switch {
	case m.accounts[f.from].tooHigh(f.in):
		return ilp.T04, true
	case !f.out.IsUint64():
		return ilp.F08, true
	}
	return ilp.T04, m.accounts[f.to].tooLow(f.out)
}

// crowded reports whether more money would be in flight than 64 bits hold.
func crowded(pending, amount *big.Int) bool { return !new(big.Int).Add(pending, amount).IsUint64() }

func (a *money) tooHigh(amount *big.Int) bool {
	if crowded(a.pin, amount) {
		return true
	}
	highest := new(big.Int).Add(a.posted, a.pin)
	return amount.Sign() > 0 && a.maximum != nil && highest.Add(highest, amount).Cmp(a.maximum) > 0
}

func (a *money) tooLow(amount *big.Int) bool {
	if crowded(a.pout, amount) {
		return true
	}
	lowest := new(big.Int).Sub(a.posted, a.pout)
	return amount.Sign() > 0 && a.minimum != nil && lowest.Sub(lowest, amount).Cmp(a.minimum) < 0
}

// again sends a packet in flight once more, from any account: it waits for the
// first one's answer and moves no money of the account it goes to.
func (m *model) again(rt *rapid.T) {
	first := pick(rt, m.flights)
	d := m.duplicate(rt, first)
	if d.answer.Calls() != 0 {
		rt.Fatal("the duplicate did not wait")
	}
	m.accounts[d.from].pin.Add(m.accounts[d.from].pin, d.in)
	first.again = append(first.again, d)
}

// replay does so with a packet that was answered: it is answered at once.
func (m *model) replay(rt *rapid.T) {
	first := pick(rt, m.known)
	d := m.duplicate(rt, first)
	if reply := m.answered(rt, d); reply.Code() != first.code {
		rt.Fatalf("the duplicate got %s, its original %s", describe(reply), first.code)
	}
	if first.code == 0 {
		m.earn(d)
	}
}

func (m *model) duplicate(rt *rapid.T, first *flight) *flight {
	d := &flight{from: rapid.SampledFrom(ids).Draw(rt, "from"), to: first.to, number: first.number, expires: first.expires}
	d.in = new(big.Int).SetUint64(drawAmount(rt))
	d.out = m.convert(d)
	if d.out.Cmp(first.out) > 0 || m.accounts[d.from].tooHigh(d.in) || time.Until(first.expires) < time.Second {
		rt.Skip("it would not be a duplicate")
	}
	d.answer = m.node.Start(d.from, m.prepare(d))
	if m.node.Link(d.to).Kept() != 0 {
		rt.Fatal("the duplicate was sent")
	}
	return d
}

func pick(rt *rapid.T, flights []*flight) *flight {
	if len(flights) == 0 {
		rt.Skip("there is none")
	}
	return rapid.SampledFrom(flights).Draw(rt, "packet")
}

// answer has a link answer a packet in one of four ways.
func (m *model) answer(rt *rapid.T) {
	f := pick(rt, m.flights)
	m.flights = slices.DeleteFunc(m.flights, func(x *flight) bool { return x == f })
	answer := answers[rapid.SampledFrom(slices.Sorted(maps.Keys(answers))).Draw(rt, "answer")]
	f.sent.Up.WriteReply(answer.reply)
	m.resolve(rt, f, answer.code)
	m.known = append(m.known, f)
}

// answers are what links may say, and the code that the sender gets, 0 for a
// Fulfill.
var answers = map[string]struct {
	reply ilp.Reply
	code  ilp.Code
}{
	"fulfill":           {ilptest.Fulfill(), 0},
	"reject":            {ilptest.Reject(ilp.F99, "no"), ilp.F99},
	"wrong fulfillment": {ilptest.WrongFulfill(), ilp.F05},
	"failure":           {ilp.Fail(ilp.F02, "failed to send packet"), ilp.F02},
}

// resolve checks the answer to a packet and its duplicates, and moves the money.
func (m *model) resolve(rt *rapid.T, f *flight, code ilp.Code) {
	f.code = code
	for _, p := range append([]*flight{f}, f.again...) {
		if reply := m.answered(rt, p); reply.Code() != code {
			rt.Fatalf("packet %d got %s, want %s", p.number, describe(reply), code)
		}
		m.accounts[p.from].pin.Sub(m.accounts[p.from].pin, p.in)
		if code == 0 {
			m.earn(p)
		}
	}
	to := m.accounts[f.to]
	to.pout.Sub(to.pout, f.out)
	if code == 0 {
		to.posted.Sub(to.posted, f.out)
		m.rounded.Sub(m.rounded, new(big.Rat).SetFrac(f.out, power(to.scale)))
	}
}

// earn posts what a fulfilled packet brought us.
func (m *model) earn(f *flight) {
	from := m.accounts[f.from]
	from.posted.Add(from.posted, f.in)
	m.rounded.Add(m.rounded, new(big.Rat).SetFrac(f.in, power(from.scale)))
}

// answered is the one answer a packet must have had by now.
func (m *model) answered(rt *rapid.T, f *flight) ilp.Reply {
	if f.answer.Calls() != 1 {
		rt.Fatalf("packet %d has %d answers", f.number, f.answer.Calls())
	}
	return f.answer.Reply()
}

// wait lets time pass, and checks that exactly what is overdue has expired.
func (m *model) wait(rt *rapid.T) {
	time.Sleep(time.Duration(rapid.IntRange(0, 60).Draw(rt, "wait")) * 100 * time.Millisecond)
	for slices.ContainsFunc(m.flights, justDue) { // the next tick decides
		time.Sleep(tick)
	}
	synctest.Wait()
	now := time.Now()
	var flying []*flight
	for _, f := range m.flights {
		if f.expires.After(now) {
			if f.answer.Calls() != 0 {
				rt.Fatalf("packet %d expired %v early", f.number, f.expires.Sub(now))
			}
			flying = append(flying, f)
			continue
		}
		m.resolve(rt, f, ilp.R00)
		m.overdue = append(m.overdue, f)
	}
	m.flights = flying
}

func justDue(f *flight) bool { return time.Since(f.expires) >= 0 && time.Since(f.expires) <= tick }

// tooLate has a link answer what has expired: no money moves.
func (m *model) tooLate(rt *rapid.T) {
	if len(m.overdue) == 0 {
		rt.Skip("nothing overdue")
	}
	last := len(m.overdue) - 1
	m.overdue[last].sent.Up.WriteReply(ilptest.Fulfill())
	m.overdue = m.overdue[:last]
	m.late++
}

// check compares every balance, and that no money came from nowhere.
func (m *model) check(rt *rapid.T) {
	var late uint64
	inFlight, sum := len(m.flights), new(big.Rat)
	for id, a := range m.accounts {
		got := m.node.Registry.Find(id)
		s := got.Balance.Snapshot()
		if s.Posted.Big().Cmp(a.posted) != 0 || s.PendingIn.Big().Cmp(a.pin) != 0 || s.PendingOut.Big().Cmp(a.pout) != 0 {
			rt.Fatalf("%s has %s, %s in, %s out; want %s, %s, %s", id, s.Posted, s.PendingIn, s.PendingOut, a.posted, a.pin, a.pout)
		}
		sum.Add(sum, new(big.Rat).SetFrac(s.Posted.Big(), power(a.scale)))
		late += got.Counters.Late.Of(account.Fulfilled)
	}
	for _, f := range m.flights {
		inFlight += len(f.again)
	}
	if sum.Cmp(m.rounded) != 0 || sum.Sign() < 0 {
		rt.Fatalf("the balances sum to %s, rounding kept %s", sum, m.rounded)
	}
	if got := m.node.InFlight(); got != int64(inFlight) {
		rt.Fatalf("%d packets in flight, want %d", got, inFlight)
	}
	if late != m.late {
		rt.Fatalf("%d late fulfills were counted, want %d", late, m.late)
	}
}

// TestBalancesFollowEveryPacket drives a node with random packets, duplicates,
// answers and expiries, and compares all balances after each step.
func TestBalancesFollowEveryPacket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// A bare *testing.T would be asked for its deadline, which a bubble has not.
		rapid.Check(struct{ rapid.TB }{t}, func(rt *rapid.T) {
			m := newModel(t)
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan struct{})
			go func() {
				defer close(done)
				m.node.Engine.Run(ctx)
			}()
			defer func() { cancel(); <-done }()
			rt.Repeat(map[string]func(*rapid.T){
				"": m.check, "send": m.send, "again": m.again, "replay": m.replay,
				"answer": m.answer, "wait": m.wait, "too late": m.tooLate,
			})
		})
	})
}
