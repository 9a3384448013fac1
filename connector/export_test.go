package connector

import "github.com/ilp-go/connector/admin"

// Unready returns what GET /readyz says.
func Unready(c *Connector) []string { return node{c}.Unready() }

// LinkOf returns the link of an account as GET /accounts shows it.
func LinkOf(c *Connector, id string) admin.Link { return node{c}.Link(id) }
