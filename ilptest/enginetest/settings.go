package enginetest

import (
	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/engine/middleware"
)

// Without returns an edit that disables middlewares, and the guarantees of the engine
// that go by a middleware's name.
func Without(names ...middleware.Name) func(*Config) {
	return func(c *Config) {
		c.Disabled = append(c.Disabled, names...)
		for _, name := range names {
			switch name {
			case middleware.Expire:
				c.Settings.NoExpiry = true
			case middleware.ErrorHandler:
				c.Settings.RawFailures = true
			}
		}
	}
}

// NoReflection returns an edit under which no packet goes back to where it came from.
func NoReflection(c *Config) { c.Settings.ReflectPayments = false }

// WithLocal returns an edit that has a protocol answer to an address.
func WithLocal(address string, l engine.Local) func(*Config) {
	return func(c *Config) { c.Locals = append(c.Locals, engine.LocalAt{Address: address, Local: l}) }
}

// Incoming returns an edit that adds a middleware to the end of the incoming chain of
// one account, Outgoing to the end of its outgoing chain.
func Incoming(id string, m engine.Middleware) func(*Config) { return custom(id, m, nil) }

// Outgoing returns the same for the outgoing chain.
func Outgoing(id string, m engine.Middleware) func(*Config) { return custom(id, nil, m) }

func custom(id string, in, out engine.Middleware) func(*Config) {
	factory := func(a *account.Account) (engine.Middleware, engine.Middleware) {
		if a.ID != id {
			return nil, nil
		}
		return in, out
	}
	return func(c *Config) {
		c.Custom = append(c.Custom, middleware.Named{Name: "custom", New: factory})
	}
}

// Scale returns an edit that sets the scale of an account's asset.
func Scale(scale uint8) func(*account.Settings) {
	return func(s *account.Settings) { s.AssetScale = scale }
}

// Asset returns an edit that sets the code of an account's asset.
func Asset(code string) func(*account.Settings) {
	return func(s *account.Settings) { s.AssetCode = code }
}

// Maximum returns an edit that sets the maximum balance.
func Maximum(amount int64) func(*account.Settings) {
	return func(s *account.Settings) { s.Limits.Maximum = balance.Finite(balance.FromInt64(amount)) }
}

// Minimum returns an edit that sets the minimum balance.
func Minimum(amount int64) func(*account.Settings) {
	return func(s *account.Settings) { s.Limits.Minimum = balance.Finite(balance.FromInt64(amount)) }
}

// NoBalance returns an edit that leaves an account without a balance.
func NoBalance(s *account.Settings) { s.Limits = nil }

// Posted returns what an account's counterparty owes us, in decimal.
func Posted(a *account.Account) string { return a.Balance.Snapshot().Posted.String() }

// Pending reports whether any packet is still held or reserved for an account.
func Pending(a *account.Account) bool {
	s := a.Balance.Snapshot()
	return s.PendingIn.Sign() != 0 || s.PendingOut.Sign() != 0
}
