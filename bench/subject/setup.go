package subject

import "fmt"

// Setup is what a subject is to be.
type Setup struct {
	Senders, Receivers int // children
	Neighbors          int // peers, which tell their routes
	Routes             int // configured, to the first receiver
	Store              string
	Core               int // to run on, load.OnAnyCore for any
}

// Address is that of the connector under test.
const Address = "test.bench"

// Divisor is how many units of a sender's account make one of a receiver's: their
// scales differ by three.
const (
	senderScale   = 9
	receiverScale = 6
	Divisor       = 1000
)

// senderID, receiverID and neighborID name the accounts.
func senderID(i int) string   { return fmt.Sprintf("s%04d", i) }
func receiverID(i int) string { return fmt.Sprintf("r%04d", i) }
func neighborID(i int) string { return fmt.Sprintf("n%04d", i) }

// DirectAddress is an address at a receiver.
func DirectAddress(receiver int) string { return Address + "." + receiverID(receiver) + ".wallet" }

// RoutePrefix is one of the configured routes.
func RoutePrefix(i int) string { return fmt.Sprintf("test.route.%05d", i) }

// NeighborAddress is that of a neighbor, as it calls itself.
func NeighborAddress(i int) string { return "test." + neighborID(i) }

// accounts is how many there are.
func (s *Setup) accounts() int { return s.Senders + s.Receivers + s.Neighbors }
