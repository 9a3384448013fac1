package connector

import (
	"context"
	"sync"
	"time"
)

// stage is a point in the life of a connector, which it reaches at most once:
//
//	New ──> started ──> loaded ──> linked ──> connected ──> ready ──> draining ──> stopped
//	           │           │          │           │                      ^
//	           └───────────┴──────────┴───────────┴── start failed, or ──┘
//	                                                  Run's context ended
type stage int

const (
	started   stage = iota // Run was called
	rated                  // the first exchange rates are there
	loaded                 // the balances are those of the store; accounts that are added get theirs
	addressed              // our ILP address is known
	linked                 // the links run; those of accounts that are added are started
	connected              // the links of all but children were connected once, or had initialConnectTimeout for it
	ready                  // everything is started, and nothing is missing for packets
	draining               // new packets are refused
	stopped                // Run returns
	stages
)

// life is how far a connector has come, and what it runs meanwhile.
type life struct {
	mu      sync.Mutex // guards the closing of reached
	reached [stages]chan struct{}
	at      [stages]time.Time // when; written before reached is closed

	// serving is the context of all that serves packets. It outlives that of Run by the
	// time it takes to drain.
	serving context.Context
	end     context.CancelFunc // of serving
	links   sync.WaitGroup     // links, and what uses them
}

func newLife() *life {
	l := new(life)
	for s := range l.reached {
		l.reached[s] = make(chan struct{})
	}
	l.serving, l.end = context.WithCancel(context.Background())
	return l
}

// reach notes that a stage is reached. It returns false if it was before.
func (l *life) reach(s stage) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.has(s) {
		return false
	}
	l.at[s] = time.Now()
	close(l.reached[s])
	return true
}

// has reports whether a stage is reached.
func (l *life) has(s stage) bool {
	select {
	case <-l.reached[s]:
		return true
	default:
		return false
	}
}

// since returns when a stage was reached, which it was.
func (l *life) since(s stage) time.Time { return l.at[s] }

// await returns a channel that is closed when a stage is reached.
func (l *life) await(s stage) <-chan struct{} { return l.reached[s] }
