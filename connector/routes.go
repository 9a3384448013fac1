package connector

import (
	"crypto/rand"
	"fmt"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/route"
)

// reroute computes the routes anew and gives them to the engine. There are none
// while our own address is not known.
func (c *Connector) reroute() {
	c.mu.Lock()
	defer c.mu.Unlock()
	static := route.Static{
		Address:      c.engine.Address(),
		GlobalPrefix: c.cfg.GlobalPrefix(),
		Default:      c.cfg.DefaultRoute,
		Secret:       c.secret,
	}
	for _, a := range c.book.All() {
		static.Accounts = append(static.Accounts, route.Account{
			ID: a.ID, Relation: route.Relation(a.Relation.String()), Segment: a.Segment,
		})
	}
	for _, r := range c.cfg.Routes {
		static.Configured = append(static.Configured, route.ConfiguredRoute{Prefix: r.TargetPrefix, Account: r.PeerID})
	}
	var routes route.Routes
	var warnings []route.Warning
	if static.Address != "" { // else what is meant for us would go back to the parent, in a loop
		routes, warnings = static.Routes()
	}
	for _, w := range warnings {
		c.log.Warn("route is left out", "route", w.String())
	}
	c.routes.Store(&routes)
	c.engine.SetRoutes(route.NewTable(routes.Hops(func(id string) (route.Hop, bool) {
		a := c.book.Find(id)
		if a == nil {
			return 0, false
		}
		return route.Hop(a.Number), true
	})))
}

// routingSecretBytes is the length of a secret that we make up.
const routingSecretBytes = 32

// routingSecret is the configured one, or a new one.
func routingSecret(cfg *config.Config) ([]byte, error) {
	if seed := cfg.RoutingSeed(); seed != nil {
		return seed, nil
	}
	secret := make([]byte, routingSecretBytes)
	_, err := rand.Read(secret)
	return secret, err
}

// newTableID is a random UUID (RFC 9562, version 4).
func newTableID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
