package connector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ildcp"
	"github.com/ilp-go/connector/route"
)

// ildcpTimeout is how long a parent may take to tell us our address.
const ildcpTimeout = 10 * time.Second

// errNoAnswer says that a parent did not answer in time.
var errNoAnswer = errors.New("no answer")

// errNoParent says that no account can tell us our address.
var errNoParent = errors.New("no ILP address: set CONNECTOR_ILP_ADDRESS, or configure an account with relation parent")

// inherit starts the link of the parent that gives us our address, and waits until it has told
// us (RFC 31). A parent that is down, refuses, or has another asset than our account is asked
// again and again. Operators may remove it meanwhile, and add it or another parent: then
// addAccount starts the link.
func (c *Connector) inherit(ctx context.Context) error {
	c.mu.Lock()
	if c.giver == "" {
		c.mu.Unlock()
		return errNoParent
	}
	c.asking = true
	if parent := c.members[c.giver]; parent != nil {
		c.startLocked(parent)
	}
	c.mu.Unlock()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-c.life.await(addressed):
		return nil
	}
}

// gives reports whether an account is that of the parent that gives us our address. If that
// parent was removed before it told us, and the configuration names none, the next parent that
// is added takes its place.
func (c *Connector) gives(a *account.Account) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.giver == "" || a.Relation != account.Parent {
		return false
	}
	if a.ID != c.giver && c.cfg().ILPAddressInheritFrom == "" && c.Address() == "" && !c.hasGiverLocked() {
		c.giver = a.ID
	}
	return a.ID == c.giver
}

// hasGiverLocked reports whether the parent that gives us our address is there.
func (c *Connector) hasGiverLocked() bool {
	m := c.members[c.giver]
	return m != nil && m.check != nil
}

// unaddressed returns what our address waits for, as a reason: what keeps the parent from telling
// it, if that is known.
func (c *Connector) unaddressed() string {
	reason, parent := c.unaddressedFor()
	if parent == nil {
		return reason
	}
	l := node{c}.Link(parent.id)
	reason += "; it is " + l.State
	if l.LastError != "" {
		reason += ": " + l.LastError
	}
	return reason
}

// unaddressedFor returns what our address waits for, and the parent that is to tell it, nil if that
// is not there.
func (c *Connector) unaddressedFor() (reason string, parent *member) {
	c.mu.Lock()
	defer c.mu.Unlock()
	const unknown = "our ILP address is not known yet"
	switch {
	case c.giver == "":
		return unknown, nil
	case c.hasGiverLocked():
		return unknown + ": account " + c.giver + " has not told it", c.members[c.giver]
	case c.cfg().ILPAddressInheritFrom != "":
		return unknown + ": account " + c.giver + ", which is to tell it, was removed; add it", nil
	}
	return unknown + ": account " + c.giver + ", which is to tell it, was removed; add it or another parent", nil
}

// fetch asks once. It waits for the answer.
func fetch(ctx context.Context, parent ilp.Handler) (ildcp.Response, error) {
	asking, cancel := context.WithTimeoutCause(ctx, ildcpTimeout, errNoAnswer)
	defer cancel()
	reply, err := ilp.Call(asking, parent, ildcp.Request(time.Now().Add(ildcpTimeout).UnixMilli()))
	if asking.Err() != nil && err != nil {
		return ildcp.Response{}, context.Cause(asking)
	}
	if err != nil {
		return ildcp.Response{}, err
	}
	return ildcp.ParseResponse(reply)
}

// addressFault returns why an address that the parent gives cannot be ours, in the words of the
// configuration, "" if it can. An address that we have already is not in question.
func (c *Connector) addressFault(address string) string {
	if c.Address() != "" {
		return ""
	}
	if problem := config.AddressProblem(address); problem != "" {
		return problem
	}
	for _, a := range c.registry.All() {
		if a.Relation == account.Child && !ilp.ValidAddress(route.ChildAddress(address, a.ID, a.Segment)) {
			return "which leaves no room for the address of account " + a.ID
		}
	}
	return ""
}

// adopt makes an address that the parent has given ours. It is asked for again with each
// new connection, but stays the same until a restart: children, routes and packets under
// way depend on it.
func (c *Connector) adopt(parent, address string) {
	now := time.Now()
	switch own := c.Address(); own {
	case address:
		c.alerts.Resolve(now, parent, kindAddressChanged)
		return
	case "":
	default:
		c.log.Warn("the parent gives us another address now, which takes a restart", "account", parent, "address", own, "given", address)
		c.alerts.RaiseKind(now, parent, kindAddressChanged, fmt.Sprintf(alertAddressChanged, address, own))
		return
	}
	c.alerts.Resolve(now, parent, kindAddressChanged) // of the last run
	c.log.Info("address inherited", "account", parent, "address", address)
	if w, outside := c.cfg().AddressWarning(address); outside {
		c.log.Warn("configuration", "warning", w.String())
		c.alerts.RaiseKind(now, parent, kindAddressOutside, fmt.Sprintf(alertAddressOutside, address, w))
	} else {
		c.alerts.Resolve(now, parent, kindAddressOutside) // of the last run
	}
	c.engine.SetAddress(address)
	c.nodes.wake()
	c.life.reach(addressed)
}
