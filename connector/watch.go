package connector

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/link"
)

// watch reports to operators what the engine has seen: in the log, at most one line a second
// of each kind, and in alerts, which sum up. The metrics count all of it.
type watch struct {
	*Connector
	late, unmatched, overdue, kept pacer
	refused                        clock.Limiter
}

// pacer lets one line a second through. The zero value is ready.
type pacer struct{ clock.Limiter }

// notable reports whether the nth answer of an account that belongs to no packet is worth an
// alert: if n is a power of two, and otherwise once a second. A peer can send a million of
// them a second.
func (p *pacer) notable(n uint64) bool { return n&(n-1) == 0 || p.pass() }

func (p *pacer) pass() bool {
	pass, _ := p.Pass(1)
	return pass
}

// refusedMax bounds the lines about refused packets in a second.
const refusedMax = 10

// LateAnswer reports a Fulfill that came after its packet had expired: the counterparty may
// hold us to it, and the sender need not pay us. Other late answers go to the middlewares
// alone.
func (w *watch) LateAnswer(a *account.Account, reply *ilp.Reply, amount uint64) {
	w.set.Late(a, reply)
	if !reply.Fulfilled() || amount == 0 {
		return
	}
	late := &a.Counters.LateReceived
	late.Add(amount)
	if w.late.pass() {
		w.log.Warn("fulfilled after expiry; the counterparty may hold us to it", "account", a.ID, "amount", amount,
			"sinceStart", late.Count.Load(), "worth", late.Value.String())
	}
	w.alertMoneyOf(a, kindLateReceived, fmt.Sprintf(alertLateReceived, late.Count.Load(), late.Value.String()))
}

// UnmatchedAnswer reports a Fulfill that belongs to no packet.
func (w *watch) UnmatchedAnswer(a *account.Account, reply *ilp.Reply) {
	if !reply.Fulfilled() {
		return
	}
	n := a.Counters.Unmatched.Of(account.Fulfilled)
	if a.Host != "" && !w.unmatched.pass() || a.Host == "" && !w.unmatched.notable(n) {
		return // strangers may be clients, each of them with a first answer
	}
	w.log.Warn("a fulfill belongs to no packet that we wait for; the counterparty may claim its money", "account", a.ID, "sinceStart", n)
	w.alertMoneyOf(a, kindUnmatched, fmt.Sprintf(alertUnmatched, n))
}

// LateFulfill reports a Fulfill that we passed on too late.
func (w *watch) LateFulfill(a *account.Account, amount uint64, late time.Duration) {
	sum := &a.Counters.LateFulfills
	if w.overdue.pass() {
		w.log.Warn("a fulfill was passed on after its packet had expired; the sender need not honour it",
			"account", a.ID, "amount", amount, "late", late, "sinceStart", sum.Count.Load(), "worth", sum.Value.String())
	}
	w.alertMoneyOf(a, kindLateSent, fmt.Sprintf(alertLateSent, sum.Count.Load(), sum.Value.String()))
}

// KeptFulfill reports a middleware that wanted to replace a Fulfill, and so to give money
// away.
func (w *watch) KeptFulfill(a *account.Account, code ilp.Code) {
	if w.kept.pass() {
		w.log.Warn("a middleware of the incoming chain wanted to replace a fulfill that is owed for already; it was passed on",
			"account", a.ID, "code", code.String())
	}
	w.alertMoneyOf(a, kindKept, fmt.Sprintf(alertKept, a.Counters.KeptFulfills.Load()))
}

// Refused reports a packet that we refused: one that a limit refuses as a warning. At most ten
// lines a second are written for all accounts together. The metrics and GET /rejections count
// every packet.
func (w *watch) Refused(r engine.Refusal) {
	pass, held := w.refused.Pass(refusedMax)
	if !pass {
		return
	}
	level := slog.LevelInfo
	limit, headroom := r.Cause.Room()
	args := []any{"account", idOf(r.From), "to", idOf(r.To), "code", r.Failure.Code.String(), "cause", r.Cause.Name(), "amount", r.Incoming}
	if r.Outgoing != 0 && r.Outgoing != r.Incoming {
		args = append(args, "outgoing", r.Outgoing)
	}
	if limit != "" {
		level = slog.LevelWarn
		args = append(args, "limit", limit, "headroom", headroom)
	}
	args = append(args, "message", r.Failure.Message, "sinceStart", r.Count)
	if held > 0 {
		args = append(args, "notLogged", held)
	}
	w.log.Log(context.Background(), level, "refused a packet", args...)
}

// idOf returns the id of an account, "-" for none.
func idOf(a *account.Account) string {
	if a == nil {
		return "-"
	}
	return a.ID
}

// Panicked takes an account down whose code has panicked.
func (w *watch) Panicked(a *account.Account, cause any, stack []byte) {
	var m *member
	if a != nil {
		if m = w.member(a.ID); m != nil && m.now().account.State != a.State {
			m = nil // another has its id by now
		}
	}
	w.panicked(m, cause, stack)
}

// panicked takes an account down whose link or middleware has panicked. m is nil if no
// account is known. It does not wait until the link has ended.
func (c *Connector) panicked(m *member, cause any, stack []byte) {
	if m == nil {
		c.log.Error("code of a link or a middleware has panicked", "panic", fmt.Sprint(cause), "stack", string(stack))
		c.alerts.Raise(time.Now(), "", "", fmt.Sprintf(alertPanicUnknown, cause))
		return
	}
	text := fmt.Sprintf("code has panicked: %.200v", cause)
	if m.attached() {
		m.onPort((*engine.Port).Fail)
	}
	m.failed.begin(time.Now())
	if !m.failure.CompareAndSwap(nil, &text) {
		return
	}
	c.log.Error("code of an account has panicked; the account takes no packets until it is added anew or the connector restarts",
		"account", m.id, "panic", fmt.Sprint(cause), "stack", string(stack))
	c.alerts.RaiseKind(time.Now(), m.id, kindPanic, fmt.Sprintf(alertPanic, cause))
	go c.takeDown(m) // the speaker may be in the middle of something on this goroutine
}

// takeDown ends the link of an account: its routes at once, its connection when the packets
// that are under way have ended. Until then the link may bring their answers, which are
// money.
func (c *Connector) takeDown(m *member) {
	if c.member(m.id) != m {
		return // it is gone, and another may have its id
	}
	c.speaker.Connected(m.id, false)
	c.awaitDrained(m)
	c.mu.Lock()
	defer c.mu.Unlock()
	if m.stop != nil {
		m.stop()
	}
}

// alertMoneyOf raises an alert about what the counterparty of an account has done. All clients of
// an account have one together, which names the latest: with a name for each, strangers could
// push out the alerts about money of others.
func (w *watch) alertMoneyOf(a *account.Account, kind, message string) {
	id := a.ID
	if a.Host != "" {
		id, message = a.Host, "client "+a.ID+": "+message
	}
	w.alertMoney(id, kind, message)
}

// alertMoney raises an alert about money, one for each kind: the latest message counts.
func (c *Connector) alertMoney(accountID, kind, message string) {
	c.alerts.RaiseMoney(time.Now(), accountID, kind, message)
}

var (
	_ engine.Watch   = (*watch)(nil)
	_ link.Unmatched = (*engine.Port)(nil)

	_ link.PanicHandler = (*engine.Port)(nil)
)
