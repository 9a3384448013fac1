package middleware

import (
	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/engine/middleware/dedupe"
	"github.com/ilp-go/connector/rate"
)

// Services is what the built-in middlewares share with the rest of the connector.
type Services struct {
	// Duplicates is the memory of packets that were sent.
	Duplicates *dedupe.Memory
	// Alerts is where trouble is reported.
	Alerts *account.Alerts
	// Pongs knows the pings of our own. May be nil.
	Pongs Pongs
	// Ledger is where balances are written down. Nil keeps them in memory alone.
	Ledger Ledger
	// Earner counts what the spread earns where Ledger does not. May be nil.
	Earner Earner
	// Payer is told when an account may have to be settled. May be nil.
	Payer Payer
	// Places has npm modules stand between the middlewares. Nil leaves the chains without places.
	Places PlaceFactory
	// Feeds tell observers of what was forwarded. May be empty.
	Feeds []*rate.Feed
}

// Payer decides whether an account must be settled, and settles it.
type Payer interface {
	// Consider looks at an account whose balance may have fallen under its
	// threshold. It must not block.
	Consider(a *account.Account)
	// Urge looks at an account whose counterparty refuses packets because we owe it too
	// much. It must not block.
	Urge(a *account.Account)
}

// builtin returns every middleware there is.
func builtin(s Services) map[Name]Factory {
	all := map[Name]Factory{
		ErrorHandler: none,
		Expire:       none,
		RateLimit: func(a *account.Account) (in, out engine.Middleware) {
			return newRateLimit(a), nil
		},
		MaxPacketAmount: func(a *account.Account) (in, out engine.Middleware) {
			if a.PacketAmountMax == 0 {
				return nil, nil
			}
			return maxPacketAmount(a.PacketAmountMax), nil
		},
		InFlight: func(a *account.Account) (in, out engine.Middleware) {
			return &flightIn{a}, &flightOut{a}
		},
		Throughput: newThroughput,
		Balance: func(a *account.Account) (in, out engine.Middleware) {
			if a.Balance == nil {
				return nil, nil
			}
			return &balanceIn{a, s.Payer}, &balanceOut{a, s.Payer}
		},
		Echo: func(*account.Account) (in, out engine.Middleware) {
			return &echoes{s.Pongs}, nil
		},
		Deduplicate: func(a *account.Account) (in, out engine.Middleware) {
			return nil, dedupe.New(s.Duplicates, a)
		},
		ValidateFulfillment: func(*account.Account) (in, out engine.Middleware) {
			return nil, engine.ReplyFunc(validateFulfillment)
		},
		Stats: func(a *account.Account) (in, out engine.Middleware) {
			return &statsIn{a}, &statsOut{a}
		},
		Alert: func(a *account.Account) (in, out engine.Middleware) {
			return nil, &alert{s.Alerts, s.Payer, a}
		},
	}
	if len(s.Feeds) > 0 {
		all[observe] = func(a *account.Account) (in, out engine.Middleware) {
			return nil, &observer{s.Feeds, a}
		}
	}
	if s.Ledger != nil {
		all[durable] = func(a *account.Account) (in, out engine.Middleware) {
			return durableIn{s.Ledger}, &durableOut{s.Ledger, a}
		}
	}
	if s.Earner != nil {
		all[earnings] = func(a *account.Account) (in, out engine.Middleware) {
			return nil, &earn{s.Earner, a}
		}
	}
	return all
}

// none makes nothing: the middleware is a setting of the engine.
func none(*account.Account) (in, out engine.Middleware) { return nil, nil }
