package connector

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/books"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/ilp"
)

// ledger is the books as packets see them: by account.
type ledger struct {
	books atomic.Pointer[books.Books] // nil until they are open
	lines atomic.Pointer[[]*books.Line]
	mu    sync.Mutex // guards changes of lines
}

// Enter writes down what a packet has moved.
func (l *ledger) Enter(from, to *account.Account, in, out uint64, w middleware.Waiter, batch *ilp.Batch) {
	l.books.Load().Enter(l.line(from), l.line(to), in, out, w, batch)
}

// Failed reports whether nothing can be written any more.
func (l *ledger) Failed() bool {
	b := l.books.Load()
	return b == nil || b.Err() != nil
}

// line is the line of an account, nil if it has no balance.
func (l *ledger) line(a *account.Account) *books.Line {
	if lines := l.lines.Load(); a != nil && lines != nil && int(a.Number) < len(*lines) {
		return (*lines)[a.Number]
	}
	return nil
}

// attach gives an account that is in the book of accounts its line, and the balance
// that is in there. It is called before the account's first packet.
func (l *ledger) attach(a *account.Account) error {
	b := l.books.Load()
	if b == nil || a.Balance == nil {
		return nil
	}
	line, err := b.Line(a)
	if err != nil {
		return fmt.Errorf("account %s: %w", a.ID, err)
	}
	a.Balance.Restore(line.Posted())
	l.mu.Lock()
	defer l.mu.Unlock()
	var lines []*books.Line
	if old := l.lines.Load(); old != nil {
		lines = slices.Clone(*old)
	}
	for len(lines) <= int(a.Number) {
		lines = append(lines, nil)
	}
	lines[a.Number] = line
	l.lines.Store(&lines)
	return nil
}

var _ middleware.Ledger = (*ledger)(nil)
