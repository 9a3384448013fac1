package subject

import (
	"fmt"
	"time"
)

// Programs are the paths of the programs.
type Programs struct {
	Connector string // our binary
	Profiled  string // our program with pprof, the binary of package profiled
	Relay     string // the binary of package relay
	Node      string
	Peers     string // the folder with the npm packages of the reference
}

// Setup describes the process under test.
type Setup struct {
	Senders, Receivers int // children
	Neighbors          int // peers, which announce routes
	Routes             int // configured, to the first receiver
	Store              string
	Core               int // to run on, load.OnAnyCore for any

	// HTTPSenders and HTTPReceivers speak ILP over HTTP instead of BTP. Over HTTP each sender has a number
	// of connections, with one packet at a time on each.
	HTTPSenders, HTTPReceivers bool
	Connections                int

	// Hosted is the number of the first senders, and of the first receivers, whose plugin is the npm
	// ilp-plugin-btp. Our connector runs it in its node host. In the reference all plugins are npm's.
	Hosted int

	// What follows is for our connector alone, which then reads a configuration file.
	Admin    bool          // it serves the admin API
	Clients  bool          // it has an account whose clients are accounts
	Listen   bool          // it has a shared listener
	Shared   int           // children over BTP on the shared listener
	Spare    int           // ports that stay free, for accounts that are added
	Remember time.Duration // it remembers packets for so long after their expiry, 0 for the default
	Priced   bool          // each account has a currency of its own, with a price of backend static
	Profiled bool          // the binary of package profiled runs, and serves pprof
	// Dir, if not empty, is the folder of the store. Stop leaves it there.
	Dir string
}

// Address is the ILP address of the connector under test.
const Address = "test.bench"

// Divisor is the number of units of a sender's account in one unit of a receiver's, as their scales
// differ by three.
const (
	senderScale   = 9
	receiverScale = 6
	Divisor       = 1000
)

// SenderID returns the id of the account of a sender.
func SenderID(i int) string { return fmt.Sprintf("s%04d", i) }

// receiverID and neighborID return the ids of the other accounts.
func receiverID(i int) string { return fmt.Sprintf("r%04d", i) }
func neighborID(i int) string { return fmt.Sprintf("n%04d", i) }

// DirectAddress returns an address at a receiver.
func DirectAddress(receiver int) string { return Address + "." + receiverID(receiver) + ".wallet" }

// RoutePrefix returns the prefix of a configured route.
func RoutePrefix(i int) string { return fmt.Sprintf("test.route.%05d", i) }

// NeighborAddress returns the ILP address of a neighbor.
func NeighborAddress(i int) string { return "test." + neighborID(i) }

// accounts returns the number of accounts that have a port each.
func (s *Setup) accounts() int { return s.Senders + s.Receivers + s.Neighbors }

// served returns the number of ports that the accounts have, and those at which the load listens.
func (s *Setup) served() int {
	if s.HTTPReceivers {
		return s.accounts() + s.Receivers
	}
	return s.accounts()
}

// The ports behind those: of the clients, the shared listener, the admin API and pprof. Then come the
// spare ones.
const (
	clientsPort = iota
	sharedPort
	adminPort
	profilePort
	otherPorts
)

// ports returns the number of ports.
func (s *Setup) ports() int {
	if !s.ours() {
		return s.served()
	}
	return s.served() + otherPorts + s.Spare
}

// ours reports whether only our connector can have the setup.
func (s *Setup) ours() bool {
	return s.Admin || s.Clients || s.Listen || s.Priced || s.Profiled || s.Spare > 0 || s.Remember > 0
}
