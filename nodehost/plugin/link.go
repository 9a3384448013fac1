// Package plugin makes a link of a plugin of the reference that runs in a node host
// (nodehost): what a module of the Ledger Plugin Interface, LPI v2, does for one account.
//
//   - link.go: its life, from construction to disconnect, in one process after the other.
//   - packets.go: packets both ways.
//   - store.go: what the plugin keeps, which is a part of the connector's store.
//   - settle.go: its sendMoney pays what we owe. asked.go: what is written down of that.
//   - money.go: what it has received.
//
// A plugin cannot say whether money has moved if its answer is lost. So each payment is written
// down before the plugin is asked, and the plugin is never asked twice for one.
package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/nodehost"
	"github.com/ilp-go/connector/store"
)

// Options are the options of a Link.
type Options struct {
	// Host is the node host of the plugin, which must run.
	Host *nodehost.Host
	// Module is the plugin, with its account.
	Module nodehost.Module
	// ConnectTimeout returns what the first call of connect says of its time limit: Forever,
	// or Untold to say nothing. Nil says Forever, and so do all later calls.
	ConnectTimeout func() time.Duration
	// Asked is shared by the links that the account has, one after the other. Nil is for one link alone.
	Asked *Asked
	// StoreReady is closed when the hosted store of the module can be used, if it is in another process.
	// The plugin is constructed then, or some time later. Nil does not wait.
	StoreReady <-chan struct{}
	Log        *slog.Logger
}

// Link is a hosted plugin as the link of an account. Its methods are safe for concurrent use.
type Link struct {
	opts   Options
	log    *slog.Logger
	status link.Reporter
	alerts link.Alerts
	object atomic.Pointer[nodehost.Object] // nil while the link does not run
	ready  chan struct{}
	tried  chan struct{}
	try    sync.Once // closes tried

	handler   ilp.Handler    // set before the plugin can bring a packet
	unmatched link.Unmatched // the handler, nil if it is no Unmatched
	changed   func(connected bool)
	woken     chan struct{} // holds a value if the state that follows has changed
	kept      kept
	received  received
	outgoing  func(ctx context.Context, amount string, send func() error) error // see SetOutgoing
	payments  payments
	written   paymentLog
	patience  time.Duration // connectPatience, but in tests

	mu        sync.Mutex
	made      uint64 // how often the plugin was constructed
	down      error  // why it cannot be used now, nil if it is constructed
	connected bool
	able      nodehost.Constructed
}

// New returns a Link that does nothing until Run.
func New(o Options) *Link {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Asked == nil {
		o.Asked = new(Asked)
	}
	l := &Link{opts: o, log: o.Log, alerts: link.NoAlerts{}, ready: make(chan struct{}), tried: make(chan struct{}), woken: make(chan struct{}, 1), down: errUntried, outgoing: sendAtOnce, patience: connectPatience}
	l.kept.init()
	l.received.init(o.Module.Account, l.log)
	return l
}

// errUntried says that the plugin has not been constructed yet, which is no trouble.
var errUntried = fmt.Errorf("%w: the plugin is not constructed yet", nodehost.ErrDown)

// awaited reports whether an error says only that the plugin is about to be constructed.
func awaited(why error) bool { return errors.Is(why, errUntried) || nodehost.Starting(why) }

// connectPatience is how long a connect may be under way until the failure of the one before says nothing
// about it: most plugins that listen wait in connect for their client.
const connectPatience = 30 * time.Second

// How long a plugin may take when its account ends: to make the payment that is under way, and then
// to disconnect.
const (
	paymentTimeout    = 10 * time.Second
	disconnectTimeout = 5 * time.Second
)

// Run constructs and connects the plugin, in each process of the host, until ctx ends. It
// hands the packets that the plugin brings to handler, and calls changed, unless that is nil,
// when the plugin becomes connected and stops being so. Run blocks, and is called once.
func (l *Link) Run(ctx context.Context, handler ilp.Handler, changed func(connected bool)) {
	l.handler, l.changed = handler, changed
	l.unmatched, _ = handler.(link.Unmatched)
	// The plugin may store data and tell of money until it has disconnected.
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	var working sync.WaitGroup
	working.Go(func() { l.kept.run(work) })
	working.Go(func() { l.received.run(ctx, work) })
	defer working.Wait()
	defer stop()
	l.status.Enter(link.Connecting, "")
	l.awaitStore(ctx)
	l.object.Store(l.opts.Host.Add(l.opts.Module, (*events)(l)))
	l.follow(ctx)
	l.end()
}

// follow connects the plugin after each construction, and tells how it is doing.
func (l *Link) follow(ctx context.Context) {
	var made uint64           // the construction that was connected last
	var connecting chan error // gets the outcome of the call of connect that is under way
	waits := clock.NewBackoff(clock.Doubling(500*time.Millisecond, time.Minute)...)
	told := false
	var failed error // why the link is degraded, as its status says
	var entered link.State
	enter := func(s link.State) { // entering the present state again would move its beginning
		if entered != s {
			entered = s
			l.status.Enter(s, "")
		}
	}
	var said string // the last down
	retry := time.NewTimer(0)
	retry.Stop()
	defer retry.Stop()
	patience := time.NewTimer(0) // with a connect that follows one that has failed
	patience.Stop()
	defer patience.Stop()
	for {
		l.mu.Lock()
		now, down, connected := l.made, l.down, l.connected
		l.mu.Unlock()
		if text := textOf(down); text != said { // it is tried again and again
			said = text
			if down != nil && !nodehost.IsDown(down) {
				l.log.Error("the plugin cannot be used", "error", down)
				l.alerts.Raise(kindConstruct, fmt.Sprintf(alertConstruct, down))
			}
		}
		if down == nil && made != now {
			made = now
			waits.Reset()
			retry.Stop()
			patience.Stop()
			l.alerts.Resolve(kindConstruct)
			l.status.Mend() // what was wrong was wrong in the process before
			enter(link.Connecting)
			connecting = l.connect(l.firstTimeout())
		}
		if down == nil && !connected {
			down = l.object.Load().Silent()
		}
		switch {
		case awaited(down):
			enter(link.Connecting)
		case down != nil:
			next := nodehost.NextTry(down)
			if failed == nil || failed.Error() != down.Error() {
				entered = link.Degraded
				l.status.Enter(entered, "")
				l.status.Fail(down, next)
			} else if !nodehost.NextTry(failed).Equal(next) {
				l.status.Fail(down, next)
			}
			l.tryOnce()
		}
		failed = down
		if connected && down == nil {
			enter(link.Established)
			waits.Reset()
		} else if down == nil {
			enter(link.Connecting)
		}
		if connected != told {
			told = connected
			l.tell(told)
		}
		select {
		case <-ctx.Done():
			return
		case <-l.woken:
		case err := <-connecting:
			connecting = nil
			patience.Stop()
			if err == nil {
				l.status.Mend() // the plugin goes on by itself
			}
			if err == nil || nodehost.IsDown(err) || made != l.constructions() {
				continue // a Down says why, and the next process calls connect
			}
			next := time.Now().Add(waits.Next())
			l.status.Failures.Add(1)
			l.log.Warn("plugin could not connect", "error", err, "nextTry", next)
			l.status.Fail(fmt.Errorf("connect: %w", err), next)
			retry.Reset(time.Until(next))
		case <-retry.C:
			connecting = l.connect(Forever)
			patience.Reset(l.patience)
		case <-patience.C:
			l.status.Mend()
		}
	}
}

// textOf returns the text of an error, empty of none.
func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// connect calls connect of the plugin, without waiting for it. The channel gets its outcome.
func (l *Link) connect(timeout time.Duration) chan error {
	done := make(chan error, 1)
	o := l.object.Load()
	o.Begin(func(_ json.RawMessage, err error) { done <- err }, "connect", milliseconds(timeout))
	o.Begin(func(json.RawMessage, error) { l.tryOnce() }, "begun")
	return done
}

// Time limits that connect may be told beside a real one.
const (
	Forever time.Duration = -1 // {timeout: Infinity}, as by the reference for accounts that are added
	Untold  time.Duration = -2 // {}, as by the reference for the parent that gives it its address
)

// firstTimeout returns what connect is told, which is something else in the first call alone.
func (l *Link) firstTimeout() time.Duration {
	first := l.opts.ConnectTimeout
	l.opts.ConnectTimeout = nil
	if first == nil {
		return Forever
	}
	return first()
}

// milliseconds returns a time limit as the node host takes it.
func milliseconds(timeout time.Duration) any {
	switch timeout {
	case Forever:
		return -1
	case Untold:
		return nil
	}
	return timeout.Milliseconds()
}

func (l *Link) constructions() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.made
}

// tell tells that the plugin has become connected, or stopped being so.
func (l *Link) tell(connected bool) {
	if connected {
		select {
		case <-l.ready:
		default:
			close(l.ready)
		}
	}
	l.log.Info("plugin is " + map[bool]string{true: "connected", false: "disconnected"}[connected])
	if l.changed != nil {
		l.changed(connected)
	}
}

// end disconnects the plugin and forgets it.
func (l *Link) end() {
	o := l.object.Load()
	l.payments.stop(paymentTimeout)
	ctx, cancel := context.WithTimeout(context.Background(), disconnectTimeout)
	defer cancel()
	if _, err := o.Call(ctx, "disconnect"); err != nil && !errors.Is(err, nodehost.ErrDown) {
		l.log.Warn("plugin could not disconnect", "error", err)
	}
	o.Remove()
	l.mu.Lock()
	told := l.connected
	l.connected, l.down = false, nodehost.ErrDown
	l.mu.Unlock()
	if told {
		l.tell(false)
	}
	l.alerts.Resolve(kindConstruct)
	l.status.Enter(link.Disabled, "")
}

// The alert about a plugin that cannot be constructed.
const (
	kindConstruct  = "plugin construct"
	alertConstruct = "the account takes no packets: the plugin %.500v"
)

// Alert sets what takes the alerts of the plugin. It is called before Run.
func (l *Link) Alert(to link.Alerts) { l.alerts = to }

// wake makes follow look again.
func (l *Link) wake() {
	select {
	case l.woken <- struct{}{}:
	default:
	}
}

func (l *Link) tryOnce() { l.try.Do(func() { close(l.tried) }) }

// Tried returns a channel that is closed when connect of the plugin has resolved or failed for the
// first time, or was called a moment ago, or could not be called. A plugin that listens does so then.
func (l *Link) Tried() <-chan struct{} { return l.tried }

// Ready returns a channel that is closed when the plugin is connected for the first time.
func (l *Link) Ready() <-chan struct{} { return l.ready }

// Status returns how the plugin is doing. It is degraded while it cannot be used at all.
func (l *Link) Status() link.Status {
	s := l.status.Status()
	if s.NextRetry.Before(time.Now()) { // it is under way
		s.NextRetry = time.Time{}
	}
	return s
}

// Keep gives the link the part of the store in which it keeps the plugin's data and the payments
// that it was asked for.
func (l *Link) Keep(s store.Store) error {
	l.kept.store = s
	return nil
}

// AdminInfo returns what getAdminInfo of the plugin resolves to, as JSON. It blocks.
func (l *Link) AdminInfo(ctx context.Context) ([]byte, error) {
	return l.call(ctx, "getAdminInfo")
}

// SendAdminInfo returns what sendAdminInfo of the plugin resolves to, as JSON. It blocks.
func (l *Link) SendAdminInfo(ctx context.Context, body any) ([]byte, error) {
	return l.call(ctx, "sendAdminInfo", body)
}

// HasAdminInfo reports whether the plugin has a method getAdminInfo.
func (l *Link) HasAdminInfo() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.able.AdminInfo
}

// TakesAdminInfo reports whether the plugin has a method sendAdminInfo.
func (l *Link) TakesAdminInfo() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.able.SendAdminInfo
}

func (l *Link) call(ctx context.Context, method string, args ...any) ([]byte, error) {
	o := l.object.Load()
	if o == nil {
		return nil, nodehost.ErrDown
	}
	return o.Call(ctx, method, args...)
}
