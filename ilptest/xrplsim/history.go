package xrplsim

import (
	"fmt"
	"strings"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// statesMax is how many closed ledgers keep their state. Older ones keep their transactions.
const statesMax = 256

// closed is a closed ledger.
type closed struct {
	index        uint32
	hash         xrpl.Hash
	parent       xrpl.Hash
	closeTime    uint32 // seconds since 2000
	parentClose  uint32
	state        *state // nil if the ledger is too old
	burned       xrpl.Drops
	transactions []*outcome
}

// outcome is a transaction in a closed ledger.
type outcome struct {
	*transaction
	ledger *closed
	result string
	meta   object
}

// add puts a transaction into a ledger that is being closed.
func (c *closed) add(t *transaction, result string, nodes []any) {
	meta := object{"AffectedNodes": nodes, "TransactionIndex": len(c.transactions), "TransactionResult": result}
	if t.Type == xrpl.Payment && result == tesSUCCESS {
		meta["delivered_amount"] = *t.Amount
	}
	c.transactions = append(c.transactions, &outcome{transaction: t, ledger: c, result: result, meta: meta})
}

// append puts a closed ledger behind the others.
func (l *Ledger) append(c *closed) {
	c.burned = c.state.burned
	l.ledgers = append(l.ledgers, c)
	for _, t := range c.transactions {
		l.outcomes[t.id] = t
	}
	if n := len(l.ledgers) - 1 - statesMax; n >= 0 {
		l.ledgers[n].state = nil
	}
}

// last returns the last closed ledger.
func (l *Ledger) last() *closed { return l.ledgers[len(l.ledgers)-1] }

// validated returns the last ledger that the server says is validated.
func (l *Ledger) validated() *closed {
	return l.ledgers[max(0, len(l.ledgers)-1-l.lag)]
}

// ledger returns a closed ledger that the server has, and nil if it has none of that index.
func (l *Ledger) ledger(index uint32) *closed {
	first := l.ledgers[0].index
	if index < first || index > l.last().index || l.forgotten[index] {
		return nil
	}
	return l.ledgers[index-first]
}

// complete reports whether the server has all validated ledgers from first to last.
func (l *Ledger) complete(first, last uint32) bool {
	if last > l.validated().index {
		return false
	}
	for index := uint64(first); index <= uint64(last); index++ {
		if l.ledger(uint32(index)) == nil {
			return false
		}
	}
	return true
}

// ranges writes which validated ledgers the server has, such as 1-5,8-10.
func (l *Ledger) ranges() string {
	var text []string
	end := l.validated().index
	for index := l.ledgers[0].index; index <= end; index++ {
		if l.forgotten[index] {
			continue
		}
		first := index
		for index < end && !l.forgotten[index+1] {
			index++
		}
		if first == index {
			text = append(text, fmt.Sprint(first))
		} else {
			text = append(text, fmt.Sprintf("%d-%d", first, index))
		}
	}
	if text == nil {
		return "empty"
	}
	return strings.Join(text, ",")
}

// outcome finds a transaction in a closed ledger that the server has.
func (l *Ledger) outcome(id xrpl.Hash) *outcome {
	o := l.outcomes[id]
	if o == nil || l.forgotten[o.ledger.index] {
		return nil
	}
	return o
}

// isValidated reports whether the server says that a ledger is validated.
func (l *Ledger) isValidated(c *closed) bool { return c.index <= l.validated().index }
