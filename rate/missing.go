package rate

import (
	"errors"
	"fmt"
	"time"

	"github.com/ilp-go/connector/ilp"
)

// Temporary reports whether an error of a rate may pass by itself, or by an operator's hand: the
// sender of a packet may try again. An [*UnknownCurrency] does not pass.
func Temporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary()
}

// Coded is an error of a rate that says which ILP code a packet is refused with.
type Coded interface {
	error
	ILPCode() ilp.Code
}

// MissingPrice is returned for a currency that should have a price, and has none now.
type MissingPrice struct {
	Currency string
	Why      string // for operators
	Source   string // of the table, for operators
}

// Error returns the text that goes into the Reject of a packet, which does not say why.
func (e *MissingPrice) Error() string {
	return "no rate available at the moment. currency=" + e.Currency
}

// Temporary returns true.
func (*MissingPrice) Temporary() bool { return true }

// StalePrice is returned for a currency whose last price is too old to be used.
type StalePrice struct {
	Currency string
	Source   string
	At       time.Time
	MaxAge   time.Duration
}

// Error returns the text that goes into the Reject of a packet.
func (e *StalePrice) Error() string {
	return "no rate available at the moment. currency=" + e.Currency
}

// Temporary returns true.
func (*StalePrice) Temporary() bool { return true }

// PausedPair is returned for a pair that an operator has paused.
type PausedPair struct{ Pair Pair }

// Error returns the text that goes into the Reject of a packet.
func (e *PausedPair) Error() string {
	return fmt.Sprintf("no rate available at the moment. currency=%s currency=%s", e.Pair.From, e.Pair.To)
}

// Temporary returns true.
func (*PausedPair) Temporary() bool { return true }

var (
	_ error = (*MissingPrice)(nil)
	_ error = (*StalePrice)(nil)
	_ error = (*PausedPair)(nil)
)
