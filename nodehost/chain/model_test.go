package chain_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
	"github.com/ilp-go/connector/nodehost/chain"
)

// model is a node with stages of two processes, which random methods run, beside the oracle.
type model struct {
	t         *testing.T
	node      *hosted
	spots     []spot
	processes [2]*process
	ctx       context.Context
	running   *sync.WaitGroup

	flights []*flight
	work    []work
}

// flight is a packet, and who has its answer.
type flight struct {
	history
	answer *ilptest.Recorder
}

// work is what a method, or bob, has to do next.
type work struct {
	flight  *flight
	spot    int // -1 for bob
	process *process
	id      uint32
	prepare ilp.Prepare
	returns *ilp.Reply // of next, nil before it
	up      ilp.ReplyWriter
}

// preimages are those of the two conditions of all packets.
var preimages = [2][32]byte{{'o', 'n', 'e'}, {'t', 'w', 'o'}}

func conditionOf(i int) [32]byte { return sha256.Sum256(preimages[i][:]) }

func indexOf[T ~[32]byte](condition T) int {
	if [32]byte(condition) == conditionOf(0) {
		return 0
	}
	return 1
}

func newModel(t *testing.T, rt *rapid.T, ctx context.Context, running *sync.WaitGroup) *model {
	m := &model{t: t, node: newStill(t), ctx: ctx, running: running}
	running.Go(func() { m.node.Engine.Run(ctx) })
	for range rapid.IntRange(1, 5).Draw(rt, "stages") {
		m.spots = append(m.spots, spot{rapid.SampledFrom(everywhere).Draw(rt, "place").at, rapid.IntRange(0, 1).Draw(rt, "process")})
	}
	for i := range m.processes {
		m.start(i)
	}
	m.arrange()
	return m
}

func (m *model) start(i int) {
	x := newProcess()
	m.processes[i] = x
	m.running.Go(func() { x.Run(m.ctx) })
}

func (m *model) arrange() {
	stages := make(map[at][]*chain.Stage)
	for i, s := range m.spots {
		stages[s.at] = append(stages[s.at], m.processes[s.process].Chain.Stage(uint32(i), "module"))
	}
	for _, id := range []string{"alice", "bob"} {
		m.node.arrange(m.t, id, stages)
	}
}

// send sends a packet.
func (m *model) send(rt *rapid.T) {
	f := &flight{history: history{
		began: time.Now(), before: make([]event, len(m.spots)), after: make([]event, len(m.spots)),
		packet: view{
			rapid.Uint64Range(0, 100).Draw(rt, "amount"), rapid.IntRange(0, 1).Draw(rt, "condition"),
			time.Now().Truncate(beat).Add(time.Duration(rapid.IntRange(15, 100).Draw(rt, "lives")) * beat).UnixMilli(),
		},
	}}
	number := len(m.flights)
	m.flights = append(m.flights, f)
	f.answer = m.node.Start("alice", ilptest.Prepare("test.us.bob", f.packet.amount, ilptest.ExpiresAt(f.packet.expiry),
		ilptest.WithCondition(conditionOf(f.packet.condition)), ilptest.Data(binary.BigEndian.AppendUint32(nil, uint32(number)))))
	m.collect()
}

// collect takes what came to the processes and to bob.
func (m *model) collect() {
	flightOf := func(p *ilp.Prepare) *flight { return m.flights[binary.BigEndian.Uint32(p.Data())] }
	for _, x := range m.processes {
		x.mu.Lock()
		for _, a := range x.asked {
			m.work = append(m.work, work{flight: flightOf(&a.prepare), spot: int(a.stage), process: x, id: a.id, prepare: a.prepare})
			x.flights[a.id] = flightOf(&a.prepare)
		}
		for _, o := range x.outcomes {
			m.work = append(m.work, work{flight: x.flights[o.id], spot: int(o.stage), process: x, id: o.id, returns: &o.reply})
		}
		for _, a := range x.refused {
			if f := x.flights[a.id]; f != nil {
				f.after[a.stage] = event{what: busy, at: time.Now()}
			} else {
				flightOf(&a.prepare).before[a.stage] = event{what: busy, at: time.Now()}
			}
		}
		for _, id := range x.over {
			m.end(expired, func(w work) bool { return w.process == x && w.id == id })
		}
		x.asked, x.outcomes, x.refused, x.over = nil, nil, nil, nil
		x.mu.Unlock()
	}
	for m.node.Link("bob").Kept() > 0 {
		sent := m.node.Link("bob").Take()
		f := flightOf(&sent.Prepare)
		f.sent = &view{sent.Prepare.Amount(), indexOf([32]byte(sent.Prepare.Condition())), sent.Prepare.Expiry()}
		m.work = append(m.work, work{flight: f, spot: -1, up: sent.Up})
	}
}

// end notes what became of work that no method does any more.
func (m *model) end(what what, is func(work) bool) {
	m.work = slices.DeleteFunc(m.work, func(w work) bool {
		if !is(w) {
			return false
		}
		events := w.flight.before
		if w.returns != nil {
			events = w.flight.after
		}
		events[w.spot] = event{what: what, at: time.Now()}
		return true
	})
}

// step does one piece of work.
func (m *model) step(rt *rapid.T) {
	if len(m.work) == 0 {
		rt.Skip("nothing to do")
	}
	i := rapid.IntRange(0, len(m.work)-1).Draw(rt, "work")
	w := m.work[i]
	m.work = slices.Delete(m.work, i, i+1)
	e := event{what: acted, at: time.Now()}
	switch {
	case w.spot < 0:
		e.says = drawSays(rt, false)
		w.flight.bob = e
		w.up.WriteReply(e.says.reply())
	case w.returns != nil:
		if rapid.Bool().Draw(rt, "unchanged") {
			e.says = saysOf(w.returns)
			w.flight.after[w.spot] = e
			finish(w, w.returns)
			break
		}
		e.says = drawSays(rt, true)
		w.flight.after[w.spot] = e
		e.says.finish(w)
	case rapid.IntRange(0, 4).Draw(rt, "answer") == 0:
		e.says = drawSays(rt, true)
		w.flight.before[w.spot] = e
		e.says.finish(w)
	default:
		m.next(rt, w, e)
	}
	m.collect()
}

// next has a method call next, once or twice, and perhaps return before that does.
func (m *model) next(rt *rapid.T, w work, e event) {
	e.next = true
	packet := []byte("\x0e\x00")
	if e.garbage = rapid.IntRange(0, 9).Draw(rt, "garbage") == 0; !e.garbage {
		packet = edit(w.prepare, e.edit.draw(rt, w.prepare)...)
	}
	early := rapid.IntRange(0, 9).Draw(rt, "early") == 0 && !e.garbage
	if early {
		e.says = drawSays(rt, true)
	}
	w.flight.before[w.spot] = e
	if !early {
		w.process.Next(w.id, packet, nil)
		return
	}
	// The answer comes while the packet is on its way, so from within what the packet meets next.
	w.process.Next(w.id, packet, nil)
	w.process.mu.Lock()
	if i := slices.IndexFunc(w.process.outcomes, func(o outcome) bool { return o.id == w.id }); i >= 0 {
		// next has returned at once: it is an ordinary answer
		w.process.outcomes = slices.Delete(w.process.outcomes, i, i+1)
		w.flight.after[w.spot] = event{what: acted, at: e.at, says: e.says}
		w.flight.before[w.spot].says = nil
	} else if slices.ContainsFunc(w.process.refused, func(a asked) bool { return a.id == w.id }) {
		w.flight.before[w.spot].says = nil // too late: the answer has gone on as it is
	}
	w.process.mu.Unlock()
	e.says.finish(w)
}

// draw changes some of a packet.
func (e *edits) draw(rt *rapid.T, p ilp.Prepare) (all []func(*ilp.Draft)) {
	if rapid.IntRange(0, 3).Draw(rt, "change amount") == 0 {
		e.amount = new(rapid.Uint64Range(0, 100).Draw(rt, "amount"))
		all = append(all, amount(*e.amount))
	}
	if rapid.IntRange(0, 3).Draw(rt, "change condition") == 0 {
		e.condition = new(rapid.IntRange(0, 1).Draw(rt, "condition"))
		all = append(all, ilptest.WithCondition(conditionOf(*e.condition)))
	}
	if rapid.IntRange(0, 3).Draw(rt, "change expiry") == 0 {
		expiry := p.Expiry() + rapid.SampledFrom([]int64{-1000, 5000}).Draw(rt, "expiry")
		if expiry > time.Now().Add(beat).UnixMilli() { // else it could expire in the middle of a step
			e.expiry = &expiry
			all = append(all, ilptest.ExpiresAt(expiry))
		}
	}
	return all
}

// drawSays draws an answer of bob or of a method.
func drawSays(rt *rapid.T, method bool) *says {
	switch kind := rapid.IntRange(0, 5).Draw(rt, "says"); {
	case kind < 3:
		return &says{fulfilled: true, preimage: rapid.IntRange(0, 1).Draw(rt, "preimage")}
	case kind == 3:
		return &says{code: ilp.F99}
	case kind == 4 && method:
		return &says{garbage: true}
	}
	return &says{code: ilp.T02}
}

// reply is the answer as bytes, or as a failure.
func (s *says) reply() ilp.Reply {
	switch {
	case s.fulfilled:
		f := ilp.Fulfill{Fulfillment: preimages[s.preimage]}
		reply, _ := ilp.ParseReply(f.Append(nil))
		return reply
	case s.code == ilp.F99:
		return ilptest.Reject(ilp.F99, "no")
	}
	return ilp.Fail(s.code, "failed")
}

func saysOf(r *ilp.Reply) *says {
	if !r.Fulfilled() {
		return &says{code: r.Code()}
	}
	return &says{fulfilled: true, preimage: indexOf(sha256.Sum256(r.Fulfillment()))}
}

func (s *says) finish(w work) {
	if s.garbage {
		w.process.Answer(w.id, []byte("{}"), nil)
		return
	}
	reply := s.reply()
	finish(w, &reply)
}

func finish(w work, reply *ilp.Reply) {
	if reply.Failed() {
		w.process.Fail(w.id, reply.Failure(), nil)
	} else {
		w.process.Answer(w.id, reply.Bytes(), nil)
	}
}

// beat is the unit of time: packets expire on it, and everything else is between two.
const beat = 100 * time.Millisecond

// wait lets time pass.
func (m *model) wait(rt *rapid.T) {
	m.sleep(rapid.IntRange(1, 30).Draw(rt, "beats"))
}

func (m *model) sleep(beats int) {
	for range beats {
		time.Sleep(beat)
		synctest.Wait()
		m.collect()
	}
}

// lose ends a process and starts it anew.
func (m *model) lose(rt *rapid.T) {
	i := rapid.IntRange(0, 1).Draw(rt, "process")
	x := m.processes[i]
	for _, id := range []string{"alice", "bob"} {
		m.node.accounts.Of(id).Absent("module")
	}
	m.end(lost, func(w work) bool { return w.process == x })
	x.Lost()
	m.collect()
	m.start(i)
	m.arrange()
}

// fill has a process take no more calls, or take them again.
func (m *model) fill(rt *rapid.T) {
	x := m.processes[rapid.IntRange(0, 1).Draw(rt, "process")]
	x.mu.Lock()
	x.full = !x.full
	x.mu.Unlock()
}

// disturb calls what there is no call for.
func (m *model) disturb(rt *rapid.T) {
	x := m.processes[rapid.IntRange(0, 1).Draw(rt, "process")]
	id := rapid.Uint32Range(0, 20).Draw(rt, "id")
	if slices.ContainsFunc(m.work, func(w work) bool { return w.process == x && w.id == id && w.returns == nil }) {
		rt.Skip("there is one")
	}
	x.Next(id, nil, nil)
	m.collect()
}

// check compares what alice got for each packet, and what all of them cost.
func (m *model) check(rt *rapid.T) {
	var alice, bob uint64
	for n, f := range m.flights {
		if f.answer.Calls() != 1 {
			rt.Fatalf("packet %d has %d answers", n, f.answer.Calls())
		}
		o := &oracle{history: &f.history, spots: m.spots, now: f.began}
		want, reply := o.run(steps(), f.packet), f.answer.Reply()
		if got := saysOf(&reply); *got != want {
			rt.Fatalf("packet %d: alice got %+v, want %+v\nspots %v\n%s", n, *got, want, m.spots, f)
		}
		if (o.sentAs == nil) != (f.sent == nil) || f.sent != nil && *f.sent != *o.sentAs {
			rt.Fatalf("packet %d: bob was sent %+v, want %+v\nspots %v\n%s", n, f.sent, o.sentAs, m.spots, f)
		}
		alice, bob = alice+o.alice, bob+o.bob
	}
	for id, want := range map[string]string{"alice": fmt.Sprint(alice), "bob": fmt.Sprintf("-%d", bob)} {
		if want == "-0" {
			want = "0"
		}
		a := m.node.Registry.Find(id)
		if posted, written := enginetest.Posted(a), m.node.books.of(id); posted != want || written != want || enginetest.Pending(a) {
			rt.Fatalf("%s has %s, and %s in the ledger, want %s; pending: %t", id, posted, written, want, enginetest.Pending(a))
		}
		if n := a.Counters.InFlight.Load() + a.Counters.Outstanding.Load(); n != 0 {
			rt.Fatalf("%s has %d packets in flight", id, n)
		}
	}
	for _, x := range m.processes {
		if x.Calls() != 0 {
			rt.Fatalf("%d calls are left", x.Calls())
		}
	}
}

func (f *flight) String() string {
	text := fmt.Sprintf("%+v\n", f.packet)
	for i := range f.before {
		text += fmt.Sprintf("stage %d: before %+v %+v, after %+v %+v\n", i, f.before[i], f.before[i].says, f.after[i], f.after[i].says)
	}
	return text + fmt.Sprintf("bob %+v %+v", f.bob, f.bob.says)
}

// TestStagesAreNestedFunctions drives packets through random stages, whose methods do what they like, and
// compares every answer and both balances with the oracle.
func TestStagesAreNestedFunctions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// A bare *testing.T would be asked for its deadline, which a bubble has not.
		rapid.Check(struct{ rapid.TB }{t}, func(rt *rapid.T) {
			time.Sleep(time.Until(time.Now().Truncate(beat).Add(beat + beat/2)))
			ctx, cancel := context.WithCancel(context.Background())
			running := new(sync.WaitGroup)
			defer func() { cancel(); running.Wait() }()
			m := newModel(t, rt, ctx, running)
			rt.Repeat(map[string]func(*rapid.T){
				"send": m.send, "step": m.step, "step on": m.step, "go on": m.step, "and on": m.step,
				"wait": m.wait, "lose": m.lose, "fill": m.fill, "disturb": m.disturb,
			})
			m.sleep(150)
			m.check(rt)
		})
	})
}
