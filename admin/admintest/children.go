package admintest

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/config"
)

// Children are the clients of one account of a Node, as values. Its methods are for one goroutine
// at a time.
type Children struct {
	node   *Node
	parent string
	// Tokens are the tokens of the clients that are known, by name.
	Tokens  map[string]string
	Blocked map[string]bool
	Old     map[string]time.Time
	// Broken makes every change fail, if it is set.
	Broken error
	// Most bounds the clients. 0 is no bound.
	Most int
}

// Host makes the clients of an account accounts, with the settings of accounts without limits.
func (n *Node) Host(parent string) *Children {
	c := &Children{node: n, parent: parent, Tokens: make(map[string]string), Blocked: make(map[string]bool), Old: make(map[string]time.Time)}
	if n.Hosts == nil {
		n.Hosts = make(map[string]*Children)
	}
	n.Hosts[parent] = c
	return c
}

// Children returns the one of Hosts.
func (n *Node) Children(accountID string) admin.Children {
	if c := n.Hosts[accountID]; c != nil {
		return c
	}
	return nil
}

// Count returns the number of Tokens, and of those clients whose link is connected.
func (c *Children) Count() (known, connected int) {
	for name := range c.Tokens {
		if c.node.Links[config.ChildID(c.parent, name)].Connected {
			connected++
		}
	}
	return len(c.Tokens), connected
}

// Counters returns the sum over the account and its clients.
func (c *Children) Counters() *account.Counters {
	sum := new(account.Counters)
	for _, a := range append(c.node.Registry.Hosted(c.parent), c.node.Registry.Find(c.parent)) {
		sum.Add(&a.Counters)
		sum.InFlight.Add(a.Counters.InFlight.Load())
		sum.Outstanding.Add(a.Counters.Outstanding.Load())
	}
	return sum
}

// Page returns a part of the clients in Tokens.
func (c *Children) Page(after string, most int, connected *bool) (page []admin.KnownChild) {
	for _, name := range slices.Sorted(maps.Keys(c.Tokens)) {
		if up := c.node.Links[config.ChildID(c.parent, name)].Connected; name > after && len(page) < most && (connected == nil || up == *connected) {
			k, _ := c.Find(name)
			page = append(page, k)
		}
	}
	return page
}

// Find returns a client in Tokens.
func (c *Children) Find(name string) (admin.KnownChild, bool) {
	_, there := c.Tokens[name]
	return admin.KnownChild{Name: name, Blocked: c.Blocked[name], OldUntil: c.Old[name]}, there
}

// Add adds clients to Tokens, and their accounts to the registry.
func (c *Children) Add(all []admin.NewChild) []admin.NewChildAnswer {
	answers := make([]admin.NewChildAnswer, len(all))
	for i, n := range all {
		answers[i] = admin.NewChildAnswer{Name: n.Name}
		had, there := c.Tokens[n.Name]
		switch {
		case n.Name == "" || n.Token == "":
			answers[i].Err = admin.Invalid(fmt.Sprintf("the name %q or the token is empty", n.Name))
		case there && had != n.Token:
			answers[i].Err = admin.Conflict("the client has another token: rotate it to give it a new one")
		case there:
		case c.Broken != nil:
			answers[i].Err = c.Broken
		case c.Most > 0 && len(c.Tokens) >= c.Most:
			answers[i].Err = admin.Conflict("as many clients are known as maxClients allows")
		default:
			c.Tokens[n.Name], answers[i].Created = n.Token, true
			host := c.node.Registry.Find(c.parent)
			id := config.ChildID(c.parent, n.Name)
			s := account.Settings{
				AssetCode: host.AssetCode, AssetScale: host.AssetScale, Segment: c.parent + "." + n.Name, Host: c.parent, Limits: host.Limits,
			}
			if err := c.node.Registry.Add(account.New(id, s)); err != nil {
				answers[i].Err = err
			}
			c.node.Configs[id] = c.node.Configs[c.parent]
			c.node.Links[id] = admin.Link{State: admin.Disconnected}
		}
	}
	return answers
}

// Rotate changes Tokens and Old.
func (c *Children) Rotate(n admin.NewChild, oldValidFor time.Duration) error {
	if c.Broken != nil {
		return c.Broken
	}
	c.Tokens[n.Name], c.Old[n.Name] = n.Token, time.Now().Add(oldValidFor)
	if oldValidFor == 0 {
		delete(c.Old, n.Name)
	}
	return nil
}

// Block changes Blocked.
func (c *Children) Block(name string, blocked bool) error {
	if c.Broken == nil {
		c.Blocked[name] = blocked
	}
	return c.Broken
}

// Remove takes a client out of Tokens, and its account out of the registry.
func (c *Children) Remove(name string, force bool) error {
	id := config.ChildID(c.parent, name)
	if b := c.node.Registry.Find(id).Balance; c.Broken != nil || b != nil && b.Snapshot().Posted.Sign() != 0 && !force {
		if c.Broken != nil {
			return c.Broken
		}
		return admin.Conflict("the client stays: its balance is " + b.Snapshot().Posted.String())
	}
	c.node.Registry.Remove(id)
	delete(c.Tokens, name)
	delete(c.Blocked, name)
	return nil
}

var _ admin.Children = (*Children)(nil)
