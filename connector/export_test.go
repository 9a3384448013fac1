package connector

import (
	"maps"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/link/btplink"
)

// Unready returns what GET /readyz says.
func Unready(c *Connector) []string { return node{c}.Unready() }

// LinkOf returns the link of an account as GET /accounts shows it.
func LinkOf(c *Connector, id string) admin.Link { return node{c}.Link(id) }

// Admits decides about a login of the peer of an account at a time.
func Admits(c *Connector, id string, who btplink.Login, now time.Time) error {
	return c.admits(c.member(id), who, now)
}

// Counters returns what an account has counted.
func Counters(c *Connector, id string) *account.Counters { return &c.registry.Find(id).Counters }

// Look makes the watch of limits look.
func Look(c *Connector, now time.Time) { c.limits.look(now, c.active()) }

// ChildStates returns how many clients of an account are in each state.
func ChildStates(c *Connector, id string) map[string]int {
	in := node{c}.ChildStates(id)
	maps.DeleteFunc(in, func(_ string, n int) bool { return n == 0 })
	return in
}
