package connector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/btplink"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/settle/xrp"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
	"github.com/ilp-go/connector/store"
)

// xrpPlugin is the name of the plugin that settles over payment channels.
const xrpPlugin = "ilp-plugin-xrp-paychan"

// xrpNamespace is where the store keeps what wallets on the XRP Ledger have under way, by their address,
// and under xrpOwners which channel is whose.
const (
	xrpNamespace = "xrp"
	xrpOwners    = "owners"
)

// xrpLedgers are the wallets on the XRP Ledger that accounts use, and the connections to its servers.
// Accounts with one address share a wallet: its transactions come one after the other.
type xrpLedgers struct {
	connector *Connector

	mu      sync.Mutex
	owners  *xrp.Owners
	wallets map[xrpl.AccountID]*sharedWallet
}

// sharedWallet is a wallet, for as long as accounts use it.
type sharedWallet struct {
	*xrp.Wallet
	server  *xrp.Server
	servers []string
	network int64 // as XRPOptions.NetworkID
	signer  xrpl.PublicKey
	users   []string
	stop    func()
}

func newXRPLedgers(c *Connector) *xrpLedgers {
	return &xrpLedgers{connector: c, wallets: make(map[xrpl.AccountID]*sharedWallet)}
}

// use returns the wallet of an account, and what channels are whose. Its server is connected until release
// is called.
func (x *xrpLedgers) use(a config.Account, o config.XRPOptions, key xrpl.Key, address xrpl.AccountID) (w *sharedWallet, owners *xrp.Owners, release func(), err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	part := store.Namespace(x.connector.store, xrpNamespace)
	if x.owners == nil {
		if x.owners, err = xrp.NewOwners(store.Namespace(part, xrpOwners)); err != nil {
			return nil, nil, nil, err
		}
	}
	if w = x.wallets[address]; w == nil {
		if w, err = x.open(o, key, address, store.Namespace(part, address.String())); err != nil {
			return nil, nil, nil, err
		}
		x.wallets[address] = w
	}
	if err := w.check(a, o, key, address); err != nil {
		return nil, nil, nil, err
	}
	w.users = append(w.users, a.ID)
	return w, x.owners, sync.OnceFunc(func() { x.release(address, a.ID) }), nil
}

// check returns why an account cannot use a wallet that others use now, if there is one.
func (x *xrpLedgers) check(a config.Account, o config.XRPOptions, key xrpl.Key, address xrpl.AccountID) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.wallets[address].check(a, o, key, address)
}

func (w *sharedWallet) check(a config.Account, o config.XRPOptions, key xrpl.Key, address xrpl.AccountID) error {
	if w == nil || len(w.users) == 0 || slices.Equal(w.servers, o.Servers) && w.network == o.NetworkID && w.signer == key.Public() {
		return nil
	}
	return fmt.Errorf("%s: account %v is used by %q too, with other servers, another network or another secret; "+
		"give both the same xrpServer, xrpServers, networkId and secret", a.Path("options.xrpServer"), address, w.users[0])
}

// open makes a wallet, and connects it.
func (x *xrpLedgers) open(o config.XRPOptions, key xrpl.Key, address xrpl.AccountID, part store.Store) (*sharedWallet, error) {
	log := x.connector.log.With("xrpAddress", address.String())
	var network *uint32
	if o.NetworkID >= 0 {
		id := uint32(o.NetworkID)
		network = &id
	}
	server, err := xrp.NewServer(xrpl.Options{Servers: o.Servers, NetworkID: network, Log: log}, address)
	if err != nil {
		return nil, fmt.Errorf("options.xrpServer: %w", err)
	}
	wallet, err := xrp.NewWallet(xrp.WalletOptions{
		Address: address, Signer: key, Ledger: server, Store: part, FeeMax: xrpl.Drops(o.FeeMax), Log: log,
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { server.Run(ctx) })
	return &sharedWallet{Wallet: wallet, server: server, servers: o.Servers, network: o.NetworkID, signer: key.Public(), stop: func() {
		cancel()
		running.Wait()
	}}, nil
}

// release ends the use of a wallet by an account, and the wallet if no other account uses it.
func (x *xrpLedgers) release(address xrpl.AccountID, id string) {
	x.mu.Lock()
	w := x.wallets[address]
	i := slices.Index(w.users, id)
	w.users = slices.Delete(w.users, i, i+1)
	last := len(w.users) == 0
	if last {
		delete(x.wallets, address)
	}
	x.mu.Unlock()
	if last {
		w.stop()
	}
}

// xrpLink is the link of ilp-plugin-xrp-paychan: packets over BTP, and a settler that settles by claims on
// payment channels, with messages over the same connections.
type xrpLink struct {
	btpLink
	ledgers *xrpLedgers
	account config.Account
	options config.XRPOptions
	key     xrpl.Key
	address xrpl.AccountID
	peer    xrpl.AccountID
	alerts  link.Alerts
	log     *slog.Logger

	part    store.Store
	settler atomic.Pointer[xrp.Settler] // nil until the link runs
	steps   xrpSteps                    // of operators
}

// newXRP makes the link of ilp-plugin-xrp-paychan. Its errors never hold the secret.
func (c *Connector) newXRP(a config.Account, log *slog.Logger) (Link, error) {
	made, err := newBTP(a, log)
	if err != nil {
		return nil, err
	}
	o, err := a.XRP()
	if err != nil {
		return nil, err
	}
	l := &xrpLink{btpLink: made.(btpLink), ledgers: c.xrp, account: a, options: o, alerts: link.NoAlerts{}, log: log}
	seed, err := xrpl.ParseSeed(o.Secret)
	if err != nil {
		return nil, fmt.Errorf("options.secret: %w", err)
	}
	l.key = seed.Key()
	l.address = l.key.Public().Account()
	if o.Address != "" {
		if l.address, err = xrpl.ParseAddress(o.Address); err != nil {
			return nil, fmt.Errorf("options.address: %w", err)
		}
	}
	if o.PeerAddress != "" {
		if l.peer, err = xrpl.ParseAddress(o.PeerAddress); err != nil {
			return nil, fmt.Errorf("options.peerAddress: %w", err)
		}
		if l.peer == l.address {
			return nil, errors.New("options.peerAddress is our own address: the peer needs an account of its own on the ledger")
		}
	}
	l.Link.SetMessages(xrpMessages{l})
	return l, nil
}

// starts is false: the settler needs a goroutine.
func (l *xrpLink) starts() bool { return false }

// Alert makes the link and its settler raise their alerts with to.
func (l *xrpLink) Alert(to link.Alerts) {
	l.btpLink.Alert(to)
	l.alerts = to
}

// Keep gives the link its part of the store.
func (l *xrpLink) Keep(part store.Store) error {
	l.part = part
	return l.ledgers.check(l.account, l.options, l.key, l.address)
}

// open makes the settler, and takes the wallet that it needs. Its former run has ended by now, so what is
// kept is as it left it.
func (l *xrpLink) open() (_ *xrp.Settler, release func(), err error) {
	amounts := make([]xrpl.Drops, 3)
	for i, one := range []struct {
		key    string
		amount *big.Int
	}{{"channelAmount", l.options.ChannelAmount}, {"channelMax", l.options.ChannelMax}, {"fundingMax", l.options.FundingMax}} {
		if amounts[i], err = xrp.DropsOf(one.amount, l.account.AssetScale); err != nil {
			return nil, nil, fmt.Errorf("options.%s: %w", one.key, err)
		}
	}
	wallet, owners, release, err := l.ledgers.use(l.account, l.options, l.key, l.address)
	if err != nil {
		return nil, nil, err
	}
	s, err := xrp.New(xrp.Options{
		AccountID: l.account.ID, Scale: l.account.AssetScale, Wallet: wallet.Wallet, Ledger: wallet.server, Owners: owners,
		ChannelKey: func(peer xrpl.AccountID) xrpl.Signer { return xrpl.ChannelKey(l.options.Secret, peer.String()) },
		Messenger:  xrpMessages{l}, Peer: l.peer,
		ChannelAmount: amounts[0], ChannelMax: amounts[1], FundingMax: amounts[2], FundThreshold: l.options.FundThreshold,
		SettleDelay: l.options.SettleDelay, ClaimInterval: l.options.ClaimInterval, MaxFee: l.options.MaxFee,
		Credit: l.credit, Alerts: l.alerts, Log: l.log,
	}, l.part)
	if err != nil {
		release()
		return nil, nil, err
	}
	return s, release, nil
}

// credit credits what the peer has paid, in one step with changes of our part of the store.
func (l *xrpLink) credit(ctx context.Context, id string, amount balance.Amount, changes store.Batch) error {
	whole := make([]store.Change, len(changes))
	for i, c := range changes {
		whole[i] = store.Change{Key: pluginNamespace + "/" + l.account.ID + "/" + c.Key, Value: c.Value}
	}
	_, err := l.ledgers.connector.receiver.ReceiveOnce(ctx, l.account.ID, settle.Receipt{ID: id, Amount: amount, Scale: l.account.AssetScale}, whole...)
	for _, definite := range []error{settle.ErrNoAccount, settle.ErrReceiptID, settle.ErrHeld, balance.ErrOutOfRange} {
		if errors.Is(err, definite) {
			return fmt.Errorf("%w: %w", xrp.ErrUncredited, err)
		}
	}
	return err
}

// Run runs the link and its settler until ctx ends. The settler then takes the best claim of the peer to the
// ledger.
func (l *xrpLink) Run(ctx context.Context, handler ilp.Handler, changed func(connected bool)) {
	var settling sync.WaitGroup
	s, release, err := l.open()
	if err != nil { // packets pass within the limits of the balance
		l.log.Error("the account cannot settle", "error", err)
		l.alerts.Raise(kindXRP, fmt.Sprintf(alertXRP, err))
	} else {
		l.alerts.Resolve(kindXRP)
		l.settler.Store(s)
		defer release()
		defer l.steps.begin(ctx)()
		settling.Go(func() { s.Run(ctx) })
		if server, ok := s.Ledger.(*xrp.Server); ok {
			settling.Go(func() { ledgerWatch{server.Status, l.alerts}.run(ctx) })
		}
	}
	defer settling.Wait()
	l.btpLink.Run(ctx, handler, func(connected bool) {
		if connected && s != nil {
			s.Connected()
		}
		if changed != nil {
			changed(connected)
		}
	})
}

// What the alert about an account says that cannot settle.
const (
	kindXRP  = "xrp settler"
	alertXRP = "the account cannot settle until a restart, or until its options are changed: %.300v"
)

// Pay pays the peer by a claim.
func (l *xrpLink) Pay(ctx context.Context, p settle.Payment) error {
	s := l.settler.Load()
	if s == nil {
		return fmt.Errorf("%w: the account does not run yet", settle.ErrNotSent)
	}
	return s.Pay(ctx, p)
}

// RemembersForever says that a payment is never made twice: its id is kept with the claim.
func (l *xrpLink) RemembersForever() bool { return true }

// xrpMessages carries the messages of a settler over the link.
type xrpMessages struct{ *xrpLink }

// HandleMessage gives a message of the peer to the settler.
func (m xrpMessages) HandleMessage(got btplink.Message, answer func(entries []btp.Entry, err error)) {
	s := m.settler.Load()
	if s == nil {
		answer(nil, xrp.ErrNotReady)
		return
	}
	s.HandleMessage(
		settle.Message{Transfer: got.Transfer, Amount: got.Amount, Entries: fromBTP(got.Entries)},
		func(entries []settle.MessageEntry, err error) { answer(toBTP(entries), err) },
	)
}

// Ask sends a message of the settler to the peer.
func (m xrpMessages) Ask(ctx context.Context, asked settle.Message) ([]settle.MessageEntry, error) {
	got, err := m.Link.Ask(ctx, btplink.Message{Transfer: asked.Transfer, Amount: asked.Amount, Entries: toBTP(asked.Entries)})
	refused, is := errors.AsType[*btplink.RefusedError](err)
	switch {
	case is:
		return nil, &settle.RefusedError{Reason: refused.Data}
	case errors.Is(err, btplink.ErrNotAsked):
		return nil, fmt.Errorf("%w: %w", settle.ErrNotAsked, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", settle.ErrNoAnswer, err)
	}
	return fromBTP(got), nil
}

func fromBTP(entries []btp.Entry) []settle.MessageEntry {
	all := make([]settle.MessageEntry, len(entries))
	for i, e := range entries {
		all[i] = settle.MessageEntry{Name: string(e.Name), Type: settle.EntryType(e.ContentType), Data: e.Data}
	}
	return all
}

func toBTP(entries []settle.MessageEntry) []btp.Entry {
	all := make([]btp.Entry, len(entries))
	for i, e := range entries {
		all[i] = btp.Entry{Name: []byte(e.Name), ContentType: btp.ContentType(e.Type), Data: e.Data}
	}
	return all
}

var (
	_ settle.Settler    = (*xrpLink)(nil)
	_ settle.Rememberer = (*xrpLink)(nil)
	_ settle.Messenger  = xrpMessages{}
	_ btplink.Messages  = xrpMessages{}
	_ Keeper            = (*xrpLink)(nil)
)
