package chain_test

import (
	"time"

	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/nodehost/chain"
)

// The oracle says what becomes of a packet, from what each method and bob have done with it. It is what
// the reference is: functions that call each other, with none of the two phases, parking or states.

// spot is a stage of the model: where it stands, and in which process.
type spot struct {
	at
	process int
}

// what happened at a stage before or after next, or at bob's.
type what uint8

const (
	nothing what = iota // it was never called
	acted
	expired
	lost
	busy
)

// event is what happened, and when.
type event struct {
	what
	at time.Time

	next    bool // it called next
	garbage bool // with garbage
	edit    edits
	says    *says // its answer; before next has returned if next is set
}

// edits are what a method changes.
type edits struct {
	amount    *uint64
	condition *int
	expiry    *int64
}

// says is an answer: a Fulfill with one of two preimages, or a code.
type says struct {
	fulfilled bool
	preimage  int
	code      ilp.Code
	garbage   bool // bytes that are no reply, from a method
}

func refusal(code ilp.Code) says { return says{code: code} }

// view is a Prepare as one of the middlewares sees it.
type view struct {
	amount    uint64
	condition int
	expiry    int64
}

// history is what happened to a packet.
type history struct {
	began         time.Time
	packet        view
	before, after []event // by spot
	bob           event
	sent          *view // what bob was sent
}

// oracle is one evaluation.
type oracle struct {
	*history
	spots      []spot
	now        time.Time
	beyond     bool // the packet has left the place where it is
	alice, bob uint64
	sentAs     *view // what bob must have been sent
}

// step is a middleware, or the stages at a place.
type step struct {
	place    *at
	builtin  string
	counted  bool
	moved    bool
	outgoing bool
}

// steps are the way of a packet.
func steps() (all []step) {
	in := func(after middleware.Name, counted bool) {
		all = append(all, step{place: &at{"alice", chain.IncomingData, after}, counted: counted, moved: true})
	}
	out := func(after middleware.Name, counted bool) {
		all = append(all, step{place: &at{"bob", chain.OutgoingData, after}, counted: counted, moved: !counted, outgoing: true})
	}
	builtin := func(name string) { all = append(all, step{builtin: name}) }
	in("", false)
	in("errorHandler", false)
	in("rateLimit", false)
	in("maxPacketAmount", false)
	in("throughput", false)
	builtin("charge alice")
	in("balance", true)
	in("echo", true)
	in("stats", true)
	builtin("shorten")
	out("", false)
	out("throughput", false)
	builtin("owe bob")
	out("balance", true)
	out("deduplicate", true)
	out("expire", true)
	builtin("validate")
	out("validateFulfillment", true)
	out("stats", true)
	out("alert", true)
	builtin("send")
	return all
}

// run returns the answer to a packet from those steps on.
func (o *oracle) run(steps []step, v view) says {
	s, rest := steps[0], steps[1:]
	switch s.builtin {
	case "charge alice":
		r := o.run(rest, v)
		if r.fulfilled {
			o.alice += v.amount
		}
		return r
	case "owe bob":
		r := o.run(rest, v)
		if r.fulfilled {
			o.bob += v.amount
		}
		return r
	case "validate":
		r := o.run(rest, v)
		if r.fulfilled && r.preimage != v.condition {
			return refusal(ilp.F05)
		}
		return r
	case "shorten":
		now := o.now.UnixMilli()
		if v.expiry < now || v.expiry-1000-now < 1000 {
			return refusal(ilp.R02)
		}
		v.expiry -= 1000
		return o.run(rest, v)
	case "send":
		o.sentAs = &v
		if o.history.bob.what != acted || o.history.bob.at.UnixMilli() >= v.expiry {
			return refusal(ilp.R00)
		}
		return *o.history.bob.says
	}
	var here []int
	for i, spot := range o.spots {
		if spot.at == *s.place {
			here = append(here, i)
		}
	}
	if len(here) == 0 {
		return o.run(rest, v)
	}
	o.beyond = false
	r := o.call(here, s, v, func(v view) says {
		o.beyond = true
		if s.outgoing && o.now.UnixMilli() >= v.expiry {
			return refusal(ilp.R00)
		}
		r := o.run(rest, v)
		o.beyond = true
		return r
	})
	if r.fulfilled && !o.beyond && o.now.UnixMilli() >= v.expiry {
		return refusal(ilp.R00) // it was not sent, so it is not fulfilled after its time
	}
	return r
}

// call is the method of the first stage; the others are inside of its next.
func (o *oracle) call(spots []int, s step, v view, rest func(view) says) says {
	if len(spots) == 0 {
		return rest(v)
	}
	i := spots[0]
	before, after := o.before[i], o.after[i]
	if before.what != nothing {
		o.now = before.at
	}
	switch before.what {
	case nothing, lost:
		return refusal(ilp.T01)
	case busy:
		return refusal(ilp.T03)
	case expired:
		return refusal(ilp.R00)
	}
	if !before.next {
		return before.says.plain()
	}
	back := refusal(ilp.F01)
	switch to, ok := before.edit.apply(v, s); {
	case before.garbage:
	case !ok:
		back = refusal(ilp.F00)
	default:
		back = o.call(spots[1:], s, to, rest)
	}
	says := before.says
	if after.what != nothing {
		o.now = after.at
	}
	if says == nil && after.what == acted {
		says = after.says
	}
	if says == nil {
		return back
	}
	stands := back.fulfilled && (s.moved || says.garbage)
	if stands && !(says.fulfilled && (says.preimage == back.preimage || says.preimage == v.condition)) {
		return back
	}
	return says.plain()
}

// plain is the answer as the sender sees it.
func (s *says) plain() says {
	if s.garbage {
		return refusal(ilp.F00)
	}
	return *s
}

// apply changes a Prepare. It returns false if the amount may not be changed.
func (e edits) apply(v view, s step) (view, bool) {
	if e.amount != nil {
		if s.outgoing && s.counted && *e.amount != v.amount {
			return v, false
		}
		v.amount = *e.amount
	}
	if e.condition != nil {
		v.condition = *e.condition
	}
	if e.expiry != nil {
		v.expiry = min(v.expiry, *e.expiry)
	}
	return v, true
}
