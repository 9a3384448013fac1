package connector

import (
	"errors"
	"fmt"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/miniaccounts"
)

// provisioner is a Host whose clients operators may add, block and remove.
type provisioner interface {
	Host
	ConnectedClients() int
	BlockedClients() int
	Known() int
	Page(after string, most int, connected *bool) []miniaccounts.Known
	Find(name string) (miniaccounts.Known, bool)
	Named(n miniaccounts.NewToken) miniaccounts.NewToken
	CheckToken(n miniaccounts.NewToken) error
	SetTokens(all []miniaccounts.NewToken) []error
	RotateToken(n miniaccounts.NewToken, oldValidFor time.Duration) error
	BlockClient(name string, block bool) error
	Leave(name string) error
	Stay(name string)
	Forget(name string) error
}

// clients are children as the admin API sees them.
type clients struct {
	*children
	host provisioner
}

// Children returns the clients of an account that are accounts of their own.
func (n node) Children(id string) admin.Children {
	if k, ok := n.clients(id); ok {
		return k
	}
	return nil
}

func (c *Connector) clients(id string) (k clients, ok bool) {
	m := c.member(id)
	if m == nil || m.children == nil {
		return clients{}, false
	}
	host, ok := m.link.(provisioner)
	return clients{m.children, host}, ok
}

// Count returns how many clients are known, and how many of them are connected.
func (k clients) Count() (known, connected int) { return k.host.Known(), k.host.ConnectedClients() }

// Counters returns what the account and its clients have counted.
func (k clients) Counters() *account.Counters { return k.sum() }

// Counters returns the counts of an account, together with those of its clients if these are
// accounts.
func (n node) Counters(a *account.Account) *account.Counters {
	if m := n.member(a.ID); m != nil && m.children != nil {
		return m.children.sum()
	}
	return &a.Counters
}

// Clients returns how many clients of an account are known and connected, and whether they are
// accounts.
func (n node) Clients(id string) (known, connected int, are bool) {
	k, are := n.clients(id)
	if are {
		known, connected = k.Count()
	}
	return known, connected, are
}

// AccountStates returns the states that an account can have.
func (n node) AccountStates() []string { return admin.States() }

// ChildStates returns how many clients of an account are in each state. Those without a connection
// have no place in the engine, and nothing to ask for: what holds for one of them holds for all but
// the blocked ones.
func (n node) ChildStates(id string) map[string]int {
	k, are := n.clients(id)
	if !are {
		return nil
	}
	in := make(map[string]int)
	there := n.clientsOf(k.parent)
	left, blocked := k.host.Known(), k.host.BlockedClients()
	for _, m := range there {
		f := n.factsOf(m)
		state, _, _ := f.state()
		in[state]++
		left--
		if f.blocked {
			blocked--
		}
	}
	away := facts{link: link.Status{State: link.Connecting}, comes: true}
	away.heldBy(n.Connector, k.parent)
	state, _, _ := away.state()
	in[state] += max(left-blocked, 0)
	away.blocked = true
	state, _, _ = away.state()
	in[state] += max(blocked, 0)
	return in
}

// sum returns what the account and its clients have counted. The account has the counts of those
// that were removed.
func (k *children) sum() *account.Counters {
	k.counting.Lock()
	defer k.counting.Unlock()
	sum, own := new(account.Counters), k.parent.now().account
	for _, a := range append(k.connector.registry.Hosted(own.ID), own) {
		sum.Add(&a.Counters)
		sum.InFlight.Add(a.Counters.InFlight.Load())
		sum.Outstanding.Add(a.Counters.Outstanding.Load())
		sum.IncomingInFlight.Join(&a.Counters.IncomingInFlight)
		sum.OutgoingInFlight.Join(&a.Counters.OutgoingInFlight)
	}
	return sum
}

// Page returns a part of the clients, in the order of their names.
func (k clients) Page(after string, most int, connected *bool) []admin.KnownChild {
	known := k.host.Page(after, most, connected)
	page := make([]admin.KnownChild, len(known))
	for i, one := range known {
		page[i] = admin.KnownChild(one)
	}
	return page
}

// Find returns the client of a name.
func (k clients) Find(name string) (admin.KnownChild, bool) {
	one, there := k.host.Find(name)
	return admin.KnownChild(one), there
}

// Add makes clients accounts and gives them their tokens, in one write to the store. A client
// whose token cannot be stored has no account.
func (k clients) Add(all []admin.NewChild) []admin.NewChildAnswer {
	c := k.connector
	c.adding.Lock() // the account does not go meanwhile
	defer c.adding.Unlock()
	answers := make([]admin.NewChildAnswer, len(all))
	var tokens []miniaccounts.NewToken
	var of []int // the answers to tokens
	fresh := make(map[string]bool)
	for i, n := range all {
		token := k.host.Named(miniaccounts.NewToken(n))
		answers[i].Name = token.Name
		created, err := k.prepare(token)
		if answers[i].Err = err; err != nil {
			continue
		}
		answers[i].Created = created && !fresh[token.Name] // else it is in two lines
		fresh[token.Name] = fresh[token.Name] || created
		tokens, of = append(tokens, token), append(of, i)
	}
	for j, err := range k.host.SetTokens(tokens) {
		a := &answers[of[j]]
		if err != nil {
			a.Err, a.Created = refusal(a.Name, err), false
		}
	}
	for name := range fresh {
		if _, there := k.host.Find(name); !there {
			k.unmake(name)
		}
	}
	return answers
}

// prepare makes the account of a client that is to get a token, unless it has one.
func (k clients) prepare(token miniaccounts.NewToken) (created bool, err error) {
	c, parent := k.connector, k.parent.id
	if err := k.host.CheckToken(token); err != nil {
		return false, admin.Invalid(err.Error())
	}
	if c.member(parent) != k.parent || c.isLeaving(k.parent) {
		return false, admin.Conflict(fmt.Sprintf("account %s is being removed", parent))
	}
	_, had := k.host.Find(token.Name)
	if _, err := k.known(token.Name); err != nil {
		return false, admin.Conflict(fmt.Sprintf("client %s cannot be an account: %v", token.Name, err))
	}
	return !had, nil
}

// unmake takes back the account of a client that has got no token.
func (k clients) unmake(name string) {
	c, id := k.connector, config.ChildID(k.parent.id, name)
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, there := k.host.Find(name); there || c.member(id) != nil { // it has come by itself
		return
	}
	_ = c.payer.Detach(id)
	c.engines.Remove(id)
	c.registry.Remove(id)
}

// Rotate gives a client another token.
func (k clients) Rotate(n admin.NewChild, oldValidFor time.Duration) error {
	token := miniaccounts.NewToken(n)
	if err := k.host.CheckToken(token); err != nil {
		return admin.Invalid(err.Error())
	}
	if err := k.host.RotateToken(token, oldValidFor); err != nil {
		return refusal(n.Name, err)
	}
	return k.present()
}

// present returns an error if the account that the clients belong to has been changed or removed.
// Another link has its clients then, which knows only what was stored before.
func (k clients) present() error {
	if k.connector.member(k.parent.id) != k.parent {
		return admin.Conflict(fmt.Sprintf("account %s was changed or removed at the same time: try again", k.parent.id))
	}
	return nil
}

// Block keeps a client out, or lets it in again. The packets that it has sent already are
// refused.
func (k clients) Block(name string, blocked bool) error {
	k.operating.Lock()
	defer k.operating.Unlock()
	if err := k.host.BlockClient(name, blocked); err != nil {
		return refusal(name, err)
	}
	if err := k.present(); err != nil {
		return err
	}
	m := k.connector.member(config.ChildID(k.parent.id, name))
	switch {
	case m == nil:
	case blocked:
		m.onPort((*engine.Port).Suspend)
	default:
		m.onPort((*engine.Port).Resume)
	}
	return nil
}

// settleByHand lets a client settle whose account only an operator settles. Otherwise there would
// be something to run for each of very many clients, and hardly any needs it.
func (c *Connector) settleByHand(id string) {
	a := c.registry.Find(id)
	if a == nil || a.Host == "" || a.Balance == nil {
		return
	}
	host := c.member(a.Host)
	if host == nil || host.children == nil || host.children.settles {
		return
	}
	k := host.children
	k.mu.Lock() // the account is not taken back meanwhile
	defer k.mu.Unlock()
	if c.registry.Find(id) == a && k.settle(a, id[len(a.Host)+1:]) == nil { // an error says that it settles already
		c.payer.Begin(id)
	}
}

// refusal returns an error about a client as operators get it.
func refusal(name string, err error) error {
	for _, known := range []error{miniaccounts.ErrTaken, miniaccounts.ErrUnknown, miniaccounts.ErrLeaving, miniaccounts.ErrFull} {
		if errors.Is(err, known) {
			return admin.Conflict(fmt.Sprintf("client %s: %v", name, err))
		}
	}
	if err != nil {
		return fmt.Errorf("client %s is not changed: %w", name, err)
	}
	return nil
}

var (
	_ admin.Children = clients{}
	_ provisioner    = (*miniaccounts.Server)(nil)
)
