package xrp

import (
	"context"
	"errors"
	"fmt"
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

// Outcome looks for a transaction.
func (s *Server) Outcome(ctx context.Context, id xrpl.Hash, first, last uint32) (Outcome, error) {
	o, err := s.client.Tx(ctx, id, first, last)
	switch {
	case errors.Is(err, xrpl.ErrAbsent):
		return Outcome{Searched: true}, nil
	case errors.Is(err, xrpl.ErrNotFound):
		return Outcome{}, nil
	case err != nil:
		return Outcome{}, ledgerError(err)
	}
	return Outcome{Found: o.Validated, Result: string(o.Result), Ledger: o.Ledger}, nil
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
