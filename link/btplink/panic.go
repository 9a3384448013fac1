package btplink

import (
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/link"
)

// catch recovers from a panic and crashes the link. Every goroutine and every timer of the
// link defers it.
func (l *Link) catch() {
	if p := link.Caught(recover()); p != nil {
		l.crash(p)
	}
}

// guard calls f and catches a panic of it.
func (l *Link) guard(f func()) {
	defer l.catch()
	f()
}

// guarded returns a function that calls f under guard.
func (l *Link) guarded(f func()) func() { return func() { l.guard(f) } }

// crash ends the link because of a panic: its account must not go on after a half-done
// step, and the other accounts must go on. From here on nothing is sent. Run ends the
// sessions, which take answers until then, and panics with the first p.
func (l *Link) crash(p *link.Panic) {
	l.mu.Lock()
	if l.crashed == nil {
		l.crashed = p
	}
	l.dialed.Store(nil)
	l.accepted.Store(nil)
	stop := l.stop
	l.mu.Unlock()
	stop(p)
	l.notify()
}

// endRun finishes the link, and panics with its first panic, if it had one. It is the last that Run
// does.
func (l *Link) endRun() {
	if p := l.finish(); p != nil {
		panic(p)
	}
}

// finish fails the requests that wait, and returns the first panic of the link, nil if it had none.
func (l *Link) finish() *link.Panic {
	l.keys.stop()
	l.pending.Close(func(up ilp.ReplyWriter) {
		l.guard(func() { up.WriteReply(sendFailure("connection closed")) })
	})
	l.tried.give()
	l.rivals.Stop()
	l.refused.Stop()
	l.status.Enter(link.Disabled, "")
	l.mu.Lock()
	p, stop := l.crashed, l.stop
	l.mu.Unlock()
	stop(nil)
	if p != nil {
		l.status.Fail(p, time.Time{})
	}
	return p
}
