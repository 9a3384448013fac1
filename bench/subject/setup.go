package subject

import "fmt"

// Setup describes the process under test.
type Setup struct {
	Senders, Receivers int // children
	Neighbors          int // peers, which announce routes
	Routes             int // configured, to the first receiver
	Store              string
	Core               int // to run on, load.OnAnyCore for any
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

// senderID, receiverID and neighborID return the ids of accounts.
func senderID(i int) string   { return fmt.Sprintf("s%04d", i) }
func receiverID(i int) string { return fmt.Sprintf("r%04d", i) }
func neighborID(i int) string { return fmt.Sprintf("n%04d", i) }

// DirectAddress returns an address at a receiver.
func DirectAddress(receiver int) string { return Address + "." + receiverID(receiver) + ".wallet" }

// RoutePrefix returns the prefix of a configured route.
func RoutePrefix(i int) string { return fmt.Sprintf("test.route.%05d", i) }

// NeighborAddress returns the ILP address of a neighbor.
func NeighborAddress(i int) string { return "test." + neighborID(i) }

// accounts returns the number of accounts.
func (s *Setup) accounts() int { return s.Senders + s.Receivers + s.Neighbors }
