package docs

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/ilp"
)

// blocklist is a type of middleware that refuses packets to addresses below the prefixes in its options.
func blocklist(options map[string]any) (middleware.Factory, error) {
	prefixes, ok := options["prefixes"].([]any)
	if !ok {
		return nil, errors.New("options.prefixes: a list of address prefixes is needed")
	}
	check := engine.PrepareFunc(func(p *engine.Packet) engine.Verdict {
		for _, prefix := range prefixes {
			if prefix, ok := prefix.(string); ok && ilp.UnderPrefix(p.Prepare().Destination(), prefix) {
				return p.Refuse(ilp.F02, "destination is blocked.")
			}
		}
		return engine.Pass
	})
	return func(*account.Account) (in, out engine.Middleware) {
		return nil, check // for packets to any account
	}, nil
}

// meter sums the amounts that an account has been paid.
type meter struct{ paid *atomic.Uint64 }

// Prepare sees a packet on its way to the account.
func (m meter) Prepare(*engine.Packet) engine.Verdict { return engine.Pass }

// Reply sees the answer to a packet that Prepare passed.
func (m meter) Reply(p *engine.Packet) engine.Verdict {
	if p.Reply().Fulfilled() {
		m.paid.Add(p.Outgoing())
	}
	return engine.Pass
}

// approval asks an operator about each packet above a limit, and waits for the answer.
type approval struct {
	limit   uint64
	granted func(account string, amount uint64) bool
}

// Prepare parks the packet while another goroutine waits for the decision.
func (a approval) Prepare(p *engine.Packet) engine.Verdict {
	if p.Outgoing() <= a.limit {
		return engine.Pass
	}
	verdict := p.Park() // before another goroutine knows of the packet
	go func() {
		if a.granted(p.To().ID, p.Outgoing()) {
			p.Resume()
		} else {
			p.ResumeWith(ilp.Fail(ilp.F99, "not approved."))
		}
	}()
	return verdict
}

// Reply passes.
func (a approval) Reply(*engine.Packet) engine.Verdict { return engine.Pass }

func Example_middleware() {
	var paid atomic.Uint64
	options := []connector.Option{
		connector.WithMiddlewareType("blocklist", blocklist),
		connector.WithMiddleware("meter", func(*account.Account) (in, out engine.Middleware) {
			return nil, meter{&paid}
		}),
		connector.WithMiddleware("approval", func(*account.Account) (in, out engine.Middleware) {
			return nil, approval{limit: 1000, granted: func(string, uint64) bool { return false }}
		}),
	}
	c, stop := run(options...)
	defer stop()

	fmt.Println(pay(c, "test.acme.bob", 300))
	fmt.Println(pay(c, "test.acme.bob.casino.table1", 300))
	fmt.Println(pay(c, "test.acme.bob", 2000))
	fmt.Println("paid:", paid.Load())

	// Output:
	// fulfilled
	// F02 destination is blocked.
	// F99 not approved.
	// paid: 300
}

// blocking is the configuration: one account that answers by itself, and a middleware of a type of our own.
const blocking = `
ilpAddress: test.acme
backend: one-to-one
accounts:
  bob:
    relation: child
    plugin: loopback
    assetCode: USD
    assetScale: 9
    balance: {maximum: "0", minimum: "-1000000"}
    options: {fulfillment: "0000000000000000000000000000000000000000000000000000000000000000"}
middlewares:
  no-gambling:
    type: blocklist
    options: {prefixes: [test.acme.bob.casino]}
`

// run starts a connector with that configuration.
func run(options ...connector.Option) (c *connector.Connector, stop func()) {
	cfg, _, err := config.Parse("connector.yaml", []byte(blocking), nil, connector.Known(options...))
	if err != nil {
		log.Fatal(err)
	}
	if c, err = connector.New(cfg, options...); err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- c.Run(ctx) }()
	return c, func() {
		cancel()
		if err := <-stopped; err != nil {
			log.Fatal(err)
		}
	}
}

// pay sends a packet that bob fulfills, and says how it ended.
func pay(c *connector.Connector, destination string, amount uint64) string {
	reply, err := c.Send(context.Background(), ilp.Draft{
		Amount: amount, Destination: destination,
		Expiry:    time.Now().Add(10 * time.Second).UnixMilli(),
		Condition: sha256.Sum256(make([]byte, ilp.ConditionBytes)),
	})
	switch {
	case err != nil:
		return err.Error()
	case reply.Fulfilled():
		return "fulfilled"
	}
	return fmt.Sprintf("%s %s", reply.Code(), reply.Message())
}
