package xrpl

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/ilp-go/connector/clip"
)

// Reason says in a word or two why a server is not in use.
type Reason string

// The reasons to leave a server.
const (
	ReasonUnreachable  Reason = "unreachable"
	ReasonNotWebSocket Reason = "no WebSocket server" // such as a web page
	ReasonOtherNetwork Reason = "other network"
	ReasonNotSynced    Reason = "not synced"
	ReasonBlocked      Reason = "amendment blocked"
	ReasonLags         Reason = "lags behind"
	ReasonSilent       Reason = "silent"    // no new ledger
	ReasonNoAnswer     Reason = "no answer" // to a request
	ReasonRefused      Reason = "refused"   // it refuses a request that we need
	ReasonGarbage      Reason = "garbage"
	ReasonTooLarge     Reason = "message too large"
	ReasonSlowDown     Reason = "slow down" // we ask too often, or it has too much to do
	ReasonClosed       Reason = "connection closed"
	ReasonOverflow     Reason = "events not taken" // Options.Events was too slow
)

// Status is how a Client is connected.
type Status struct {
	Connected bool
	NetworkID *uint32 // nil: not known yet
	Ledger    Ledger  // the newest one of the connection; zero without a connection
	Servers   []ServerStatus
}

// ServerStatus is how it stands with one server. The zero Reason of a server that is not in
// use means that it was not tried yet.
type ServerStatus struct {
	Server   string // without path and user, which may be keys
	InUse    bool
	Reason   Reason // why it was left
	Detail   string // of the reason: may hold text of the server
	Since    time.Time
	Failures int // since it was in use
}

// Status returns how the Client is connected. It never blocks.
func (c *Client) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	st := Status{NetworkID: c.network}
	if s := c.ready; s != nil && s.ctx.Err() == nil {
		st.Connected, st.Ledger = true, s.newest()
	}
	for _, s := range c.servers {
		st.Servers = append(st.Servers, s.state)
	}
	return st
}

// subscriptions returns the accounts that are subscribed to, in order.
func (c *Client) subscriptions() (all []AccountID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for a := range c.accounts {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b AccountID) int { return slices.Compare(a[:], b[:]) })
	return all
}

// textMax bounds what we repeat of a server's text, in bytes.
const textMax = 200

// printable returns text of a server for operators: short, and without control characters.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '.'
		}
		return r
	}, clip.UTF8(text, textMax))
}
