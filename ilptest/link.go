package ilptest

import (
	"sync"
	"sync/atomic"

	"github.com/ilp-go/connector/ilp"
)

// Link is the far side of an account: it records the Prepares it is sent and
// answers them as Answer says, or keeps them until Take.
type Link struct {
	// Answer answers a Prepare at once. If nil, it waits for Take.
	Answer func(prepare ilp.Prepare) ilp.Reply
	// Down says that the link has no connection.
	Down atomic.Bool

	mu   sync.Mutex
	came sync.Cond // one more is kept
	sent []Sent
	kept []Sent // and not taken yet
}

// Sent is a Prepare that a Link was sent, in bytes of its own, and whoever waits
// for the answer.
type Sent struct {
	Prepare ilp.Prepare
	Up      ilp.ReplyWriter
}

// NewLink returns a Link that keeps its Prepares.
func NewLink() *Link {
	l := new(Link)
	l.came.L = &l.mu
	return l
}

// Fulfilling returns a Link that fulfills everything at once with Preimage.
func Fulfilling() *Link { return Answering(Fulfill()) }

// Answering returns a Link that answers everything at once with reply.
func Answering(reply ilp.Reply) *Link {
	l := NewLink()
	l.Answer = func(ilp.Prepare) ilp.Reply { return reply }
	return l
}

// HandlePrepare records a copy of the Prepare.
func (l *Link) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	copied, _ := prepare.Clone(nil)
	sent := Sent{copied, up}
	l.mu.Lock()
	l.sent = append(l.sent, sent)
	if l.Answer == nil {
		l.kept = append(l.kept, sent)
		l.came.Signal()
	}
	l.mu.Unlock()
	if l.Answer != nil {
		up.WriteReply(l.Answer(prepare))
	}
}

// Connected reports whether the link is not Down.
func (l *Link) Connected() bool { return !l.Down.Load() }

// Sent returns a copy of what the link was sent so far.
func (l *Link) Sent() []Sent {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Sent(nil), l.sent...)
}

// Take waits for the next Prepare that was kept, and returns it.
func (l *Link) Take() Sent {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.kept) == 0 {
		l.came.Wait()
	}
	sent := l.kept[0]
	l.kept = l.kept[1:]
	return sent
}

// Kept returns how many Prepares wait to be taken.
func (l *Link) Kept() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.kept)
}

var _ ilp.Handler = (*Link)(nil)
