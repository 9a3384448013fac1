package xrplsim

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// The passes over the transactions of a ledger, as in rippled's BuildLedger.cpp: in the first
// ones a tec result does not count yet, since another transaction may come first.
const (
	passes      = 3
	retryPasses = 1
)

// timeResolution is what close times are rounded to, in seconds.
const timeResolution = 10

// closeLedger makes a closed ledger of the transactions of the open one, and opens the next.
func (l *Ledger) closeLedger() {
	parent := l.last()
	set, withheld := l.open.transactions, []*transaction(nil)
	if l.hold != nil {
		set = nil
		for _, t := range l.open.transactions {
			if l.hold(t.Transaction) {
				withheld = append(withheld, t)
			} else {
				set = append(set, t)
			}
		}
	}
	set = canonical(set)
	next := &closed{
		index: parent.index + 1, parent: parent.hash, state: parent.state.clone(),
		parentClose: parent.closeTime, closeTime: max(rounded(xrpl.Seconds(l.now())), parent.closeTime+1),
	}
	left := next.apply(set, &env{rules: l.rules, index: next.index, parentClose: parent.closeTime})
	next.sign(l.rules.networkID)
	l.append(next)
	l.reopen(append(withheld, left...))
	l.publish()
}

// rounded returns a time as ledgers have it, rounded to the nearest.
func rounded(seconds uint32) uint32 {
	seconds += timeResolution / 2
	return seconds - seconds%timeResolution
}

// apply applies transactions to a ledger that is being closed. It returns those that may apply
// to a later one.
func (c *closed) apply(set []*transaction, e *env) (left []*transaction) {
	e.retry = true
	for pass := range passes {
		changed := false
		set = slices.DeleteFunc(set, func(t *transaction) bool {
			result, applied, nodes := c.state.attempt(t, e)
			if applied {
				changed = true
				c.add(t, result, nodes)
			}
			return applied || !isLater(result)
		})
		if !changed && !e.retry {
			break
		}
		if !changed || pass >= retryPasses {
			e.retry = false
		}
	}
	return set
}

// canonical sorts the transactions of a ledger by account and sequence number. Which account
// comes first depends on the whole set, so nobody can choose it.
func canonical(set []*transaction) []*transaction {
	set = slices.Clone(set)
	slices.SortFunc(set, func(a, b *transaction) int { return bytes.Compare(a.id[:], b.id[:]) })
	var ids []byte
	for _, t := range set {
		ids = append(ids, t.id[:]...)
	}
	salt := half(ids)
	key := func(t *transaction) (k [20]byte) {
		for i := range k {
			k[i] = t.Account[i] ^ salt[i]
		}
		return k
	}
	slices.SortStableFunc(set, func(a, b *transaction) int {
		ka, kb := key(a), key(b)
		return cmp.Or(bytes.Compare(ka[:], kb[:]), cmp.Compare(a.Sequence, b.Sequence))
	})
	return set
}

// sign gives a closed ledger its hash.
func (c *closed) sign(networkID uint32) {
	header := binary.BigEndian.AppendUint32(nil, c.index)
	header = binary.BigEndian.AppendUint32(header, c.closeTime)
	header = binary.BigEndian.AppendUint32(header, networkID)
	header = append(header, c.parent[:]...)
	for _, t := range c.transactions {
		header = append(header, t.id[:]...)
	}
	c.hash = half([]byte("LWR\x00"), header)
}
