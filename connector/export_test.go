package connector

import (
	"time"

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
