package engine

import (
	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/rate"
)

// Link takes an account's packets to its counterparty. Its answer to a packet is
// given exactly once, whatever happens to the connection.
type Link interface {
	ilp.Handler
	// Connected reports whether a packet could be sent now.
	Connected() bool
}

// Port is an account's place in the engine: its link hands Prepares to it, and
// packets for the account leave through it. It never changes.
type Port struct {
	engine  *Engine
	account *account.Account
	link    Link
	in, out []Middleware
	locals  []local
	asset   int  // index in world.assets
	own     bool // the packets are our own
}

// Account is the account of the port.
func (port *Port) Account() *account.Account { return port.account }

// Connected reports whether the account's link could send a packet now.
func (port *Port) Connected() bool { return port.link.Connected() }

func (port *Port) assetOf() rate.Asset {
	return rate.Asset{Code: port.account.AssetCode, Scale: port.account.AssetScale}
}

var _ ilp.Handler = (*Port)(nil)
