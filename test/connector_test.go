package test

import (
	"flag"
	"fmt"
	"testing"
)

// kind chooses the connector under test.
type kind string

const (
	reference kind = "reference" // the npm ilp-connector
	ours      kind = "ours"      // the binary built from this repository
)

var only = flag.String("connector", "", "the kind of connector to test, reference or ours; both if empty")

// kinds are the connectors to test.
func kinds(t *testing.T) []kind {
	t.Helper()
	switch k := kind(*only); k {
	case "":
		return []kind{reference, ours}
	case reference, ours:
		return []kind{k}
	default:
		t.Fatalf("-connector is %q, not reference or ours", k)
		return nil
	}
}

// command is the program that is a connector of this kind.
func (k kind) command(t *testing.T) []string {
	t.Helper()
	if k == ours {
		binary, err := ourBinary()
		if err != nil {
			t.Fatal(err)
		}
		return []string{binary}
	}
	program, err := node()
	if err != nil {
		t.Fatal(err)
	}
	// The reference dates from before Node.js ended a process over an unhandled rejection.
	return []string{program, "--unhandled-rejections=warn", "node_modules/ilp-connector/dist/index.js"}
}

// Connector is a connector that runs until its test ends.
type Connector struct {
	*Process
	kind      kind
	ports     map[string]int // of the accounts that listen
	adminPort int
	Admin     admin
}

// startConnector starts a connector and waits until its admin API and its listeners answer. Whether its
// accounts are connected is another matter: see awaitConnected.
func startConnector(t *testing.T, k kind, c config) *Connector {
	t.Helper()
	ports := make(map[string]int)
	for _, a := range c.accounts {
		if a.server == "" {
			ports[a.id] = freePort(t)
		}
	}
	conn := launchConnector(t, string(k), k, c, ports, freePort(t))
	conn.awaitListening(t)
	return conn
}

// launchConnector starts a connector whose ports are given, and waits for nothing.
func launchConnector(t *testing.T, name string, k kind, c config, ports map[string]int, adminPort int) *Connector {
	t.Helper()
	env, err := c.environment(ports, adminPort)
	if err != nil {
		t.Fatal(err)
	}
	return &Connector{
		Process:   startProcess(t, name, "peers", env, nil, k.command(t)...),
		kind:      k,
		ports:     ports,
		adminPort: adminPort,
		Admin:     admin{url: fmt.Sprintf("http://127.0.0.1:%d", adminPort)},
	}
}

// awaitListening waits until the admin API and the listeners answer.
func (c *Connector) awaitListening(t *testing.T) {
	t.Helper()
	awaitPort(t, c.adminPort, c.exited)
	// A connector without an address asks its parent for one before it opens any other account.
	for _, port := range c.ports {
		awaitPort(t, port, c.exited)
	}
}

// URL is what a client of a listening account dials.
func (c *Connector) URL(id string) string {
	return fmt.Sprintf("btp+ws://:%s@127.0.0.1:%d", secretOf(id), c.ports[id])
}

// clientURL is what a client of an account that takes many dials.
func (c *Connector) clientURL(of client) string {
	return fmt.Sprintf("btp+ws://%s:%s@127.0.0.1:%d", of.user, secretOf(of.user), c.ports[of.of])
}

// awaitConnected waits until the connector holds these accounts for connected, and has done what it does after.
func (c *Connector) awaitConnected(t *testing.T, ids ...string) {
	t.Helper()
	poll(t, fmt.Sprintf("%s connected to %v", c.kind, ids), c.exited, func() bool {
		connected := c.connected(t)
		for _, id := range ids {
			if !connected[id] {
				return false
			}
		}
		return true
	})
	if c.kind == reference {
		c.awaitLine(t, "connector ready")
	}
}

// awaitGone waits until the connector holds an account for disconnected.
func (c *Connector) awaitGone(t *testing.T, id string) {
	t.Helper()
	poll(t, fmt.Sprintf("%s disconnected from %s", c.kind, id), c.exited, func() bool { return !c.connected(t)[id] })
}

// connected are the accounts that the connector holds for connected.
func (c *Connector) connected(t *testing.T) map[string]bool {
	t.Helper()
	var status struct {
		Connected map[string]bool `json:"connected"`
	}
	c.Admin.get(t, "/status", &status)
	return status.Connected
}
