package xrp

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// networkIDLast is the last id of a network whose transactions must not name it.
const networkIDLast = 1024

// Server is a Ledger that asks servers of the XRP Ledger.
type Server struct {
	client  *xrpl.Client
	account xrpl.AccountID // whose transactions are changes

	mu      sync.Mutex
	changed chan struct{}
}

// NewServer returns a Server that needs Run. It sets the events of the options.
func NewServer(o xrpl.Options, account xrpl.AccountID) (*Server, error) {
	s := &Server{account: account, changed: make(chan struct{})}
	o.Events = func(xrpl.Event) { s.tell() }
	var err error
	s.client, err = xrpl.NewClient(o)
	return s, err
}

// Run keeps the connection until ctx ends. It is called once.
func (s *Server) Run(ctx context.Context) {
	_ = s.client.Subscribe(ctx, s.account) // it is not connected, so this cannot fail
	s.client.Run(ctx)
	s.tell()
}

// Status returns how the connection is. It does not block.
func (s *Server) Status() xrpl.Status { return s.client.Status() }

// tell tells who waits that something has changed.
func (s *Server) tell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
}

// Changed returns a channel that is closed with the next event.
func (s *Server) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// State returns the state of the ledger. The fee is a fifth above what the open ledger asks for.
func (s *Server) State(ctx context.Context) (State, error) {
	fees, err := s.client.Fee(ctx)
	if err != nil {
		return State{}, ledgerError(err)
	}
	status := s.client.Status()
	if !status.Connected || status.Ledger.Index == 0 || status.NetworkID == nil {
		return State{}, fmt.Errorf("%w: no connection to a server", ErrNotAsked)
	}
	state := State{
		Validated: status.Ledger.Index, CloseTime: xrpl.Seconds(status.Ledger.CloseTime),
		ReserveBase: status.Ledger.ReserveBase, ReserveEach: status.Ledger.ReserveIncrement,
	}
	if id := *status.NetworkID; id > networkIDLast {
		state.NetworkID = id
	}
	fee := max(fees.Base, fees.OpenLedger, fees.Minimum)
	state.Fee = fee + (fee+4)/5 // fees are at most xrpl.MaxDrops, far below 2^63
	return state, nil
}

// Account returns an account in the open ledger.
func (s *Server) Account(ctx context.Context, id xrpl.AccountID) (Account, error) {
	a, err := s.client.AccountInfo(ctx, id, xrpl.Current)
	return Account{Balance: a.Balance, Sequence: a.Sequence, OwnerCount: a.OwnerCount}, ledgerError(err)
}

// Channel returns a channel in the last validated ledger.
func (s *Server) Channel(ctx context.Context, id xrpl.Hash) (Channel, error) {
	c, err := s.client.Channel(ctx, id)
	return channelOf(c), ledgerError(err)
}

// Channels returns the channels of an owner to a destination.
func (s *Server) Channels(ctx context.Context, owner, destination xrpl.AccountID) ([]Channel, error) {
	found, err := s.client.AccountChannels(ctx, owner, &destination)
	all := make([]Channel, len(found))
	for i, c := range found {
		all[i] = channelOf(c)
	}
	return all, ledgerError(err)
}

// Submit hands a transaction to the server.
func (s *Server) Submit(ctx context.Context, blob []byte) (string, error) {
	done, err := s.client.Submit(ctx, blob, xrpl.SubmitOptions{})
	return string(done.Result), ledgerError(err)
}

// Outcome looks for a transaction. That a server does not find one says little: rippled knows those that
// were submitted to it long after they could be in a ledger, and says of few ranges that it has searched all
// (XRPLF/rippled#3727). So it is absent only if the server has all ledgers that may have it, or if a ledger
// after them has its sequence number free.
func (s *Server) Outcome(ctx context.Context, id xrpl.Hash, sequence, first, last uint32) (Outcome, error) {
	whole, err := s.hasAll(ctx, first, last) // before the question
	if err != nil {
		return Outcome{}, ledgerError(err)
	}
	o, err := s.client.Tx(ctx, id, first, last)
	switch {
	case errors.Is(err, xrpl.ErrAbsent):
		return Outcome{Absent: true}, nil
	case errors.Is(err, xrpl.ErrNotFound):
	case err != nil:
		return Outcome{}, ledgerError(err)
	case o.Validated:
		return Outcome{Found: true, Result: string(o.Result), Ledger: o.Ledger}, nil
	}
	if whole != "" && whole == s.inUse() {
		return Outcome{Absent: true}, nil
	}
	a, err := s.client.AccountInfo(ctx, s.account, xrpl.Validated)
	if err != nil {
		return Outcome{}, ledgerError(err)
	}
	return Outcome{Absent: a.Ledger >= last && a.Sequence <= sequence}, nil
}

// hasAll returns the server in use if it has all validated ledgers of a range.
func (s *Server) hasAll(ctx context.Context, first, last uint32) (server string, err error) {
	server = s.inUse()
	info, err := s.client.ServerInfo(ctx)
	if err != nil || server != s.inUse() || info.Validated.Index < last || !covers(info.CompleteLedgers, first, last) {
		return "", err
	}
	return server, nil
}

// covers reports whether a list of ranges, such as 32570-32580,32600, has all of another one.
func covers(list string, first, last uint32) bool {
	for part := range strings.SplitSeq(list, ",") {
		from, to, is := strings.Cut(strings.TrimSpace(part), "-")
		if !is {
			to = from
		}
		begin, err1 := strconv.ParseUint(from, 10, 32)
		end, err2 := strconv.ParseUint(to, 10, 32)
		if err1 == nil && err2 == nil && begin <= uint64(first) && uint64(last) <= end {
			return true
		}
	}
	return false
}

// inUse returns the server that is asked now, empty if there is none.
func (s *Server) inUse() string {
	for _, one := range s.client.Status().Servers {
		if one.InUse {
			return one.Server + one.Since.String() // another connection to it may be to another machine
		}
	}
	return ""
}

func channelOf(c xrpl.PaymentChannel) Channel {
	return Channel{
		ID: c.ID, Owner: c.Account, Destination: c.Destination, Amount: c.Amount, Paid: c.Balance, Key: c.PublicKey,
		SettleDelay: c.SettleDelay, Expiration: orZero(c.Expiration), CancelAfter: orZero(c.CancelAfter),
	}
}

func orZero(n *uint32) uint32 {
	if n == nil {
		return 0
	}
	return *n
}

// ledgerError returns an error of the client as one of a Ledger.
func ledgerError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, xrpl.ErrNotFound):
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	case errors.Is(err, xrpl.ErrNotSent):
		return fmt.Errorf("%w: %w", ErrNotAsked, err)
	}
	return err
}

var _ Ledger = (*Server)(nil)
