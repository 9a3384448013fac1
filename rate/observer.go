package rate

import (
	"context"
	"time"
)

// Observer hears of the amounts that were forwarded, for instance to trade them on a market or to
// move the next prices. A [Backend] may be one, and a program can give others to the connector.
// An Observer cannot harm a packet: it is told afterwards, by a [Feed].
type Observer interface {
	// Observe takes packets in the order in which they were fulfilled. It is called for one batch
	// at a time, and may take its time. It must not keep batch, nor change it. ctx ends when the
	// connector stops and waits no longer.
	Observe(ctx context.Context, batch []Forwarded)
}

// Forwarded is a packet that came from one account and was fulfilled by another.
type Forwarded struct {
	// From and To are the ids of the accounts, and FromAsset and ToAsset what they are in.
	From, To           string
	FromAsset, ToAsset Asset
	// Incoming is what From owes us for it, and Outgoing what we owe To, each in base units of
	// the account. One of them may be 0, but not both.
	Incoming, Outgoing uint64
	// At is when the packet was fulfilled.
	At time.Time
}

// Combiner is a [Backend] that takes its prices from others.
type Combiner interface {
	Backend
	// Backends returns the others. The caller must not change the list.
	Backends() []Backend
}

// ObserversOf returns the observers among a backend and the backends that it combines.
func ObserversOf(b Backend) (all []Observer) {
	if o, is := b.(Observer); is {
		all = append(all, o)
	}
	if c, is := b.(Combiner); is {
		for _, source := range c.Backends() {
			all = append(all, ObserversOf(source)...)
		}
	}
	return all
}
