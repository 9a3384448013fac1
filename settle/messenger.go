package settle

import (
	"context"
	"errors"
)

// Messenger carries messages between our settler of an account and that of the counterparty, over the
// link of the account. It is safe for concurrent use.
type Messenger interface {
	// Ask sends a message, and returns the entries of the answer. It blocks until the answer has come,
	// ctx ends, or the link gives up. The error is a *RefusedError, or wraps ErrNotAsked or ErrNoAnswer.
	Ask(ctx context.Context, m Message) ([]MessageEntry, error)
	// Connected reports whether a message could be sent now.
	Connected() bool
}

// Message is a message of a settler.
type Message struct {
	// Transfer says that it tells of money of which Amount is new, in units of the account.
	Transfer bool
	Amount   uint64
	Entries  []MessageEntry
}

// Entry returns the first entry with a name, and whether there is one.
func (m *Message) Entry(name string) (MessageEntry, bool) { return FindEntry(m.Entries, name) }

// MessageEntry is a part of a message.
type MessageEntry struct {
	Name string
	Type EntryType
	Data []byte
}

// EntryType says what the data of an entry is.
type EntryType byte

// The types, as in BTP (RFC 23).
const (
	Octets EntryType = 0
	Text   EntryType = 1
	JSON   EntryType = 2
)

// FindEntry returns the first entry with a name, and whether there is one.
func FindEntry(entries []MessageEntry, name string) (MessageEntry, bool) {
	for _, e := range entries {
		if e.Name == name {
			return e, true
		}
	}
	return MessageEntry{}, false
}

// How Ask fails.
var (
	// ErrNotAsked says that the counterparty has not got the message, and never will.
	ErrNotAsked = errors.New("the message was not sent")
	// ErrNoAnswer says that the counterparty may have got the message.
	ErrNoAnswer = errors.New("the message was not answered")
)

// RefusedError says that the counterparty has refused a message.
type RefusedError struct{ Reason string }

// Error returns the reason.
func (e *RefusedError) Error() string { return "the peer refuses the message: " + e.Reason }

var _ error = (*RefusedError)(nil)
