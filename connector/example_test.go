package connector_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log"
	"log/slog"
	"os"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/link"
)

// settings are what would otherwise be in a file; see connector.Load.
const settings = `
ilpAddress: test.shop
backend: one-to-one
spread: 0
accounts:
  till:
    relation: child
    plugin: in-process
    assetCode: USD
    assetScale: 2
    balance: {maximum: "1000", minimum: "-1000"}
`

// secret is what the shop sells: whoever pays learns it.
var secret = [ilp.ConditionBytes]byte{'a', ' ', 'j', 'o', 'k', 'e'}

// till is the far side of an account: it takes the packets that are sent there.
type till struct{ ready chan struct{} }

// HandlePrepare fulfills every packet. It may answer later, from any goroutine.
func (t till) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	fmt.Printf("the till is paid %d at %s\n", prepare.Amount(), prepare.Destination())
	fulfill := ilp.Fulfill{Fulfillment: secret}
	reply, err := ilp.ParseReply(fulfill.Append(nil))
	if err != nil {
		reply = ilp.Fail(ilp.T00, "the till is broken.")
	}
	up.WriteReply(prepare.Reply(reply))
}

// Run would dial, and hand the packets that come in to the handler.
func (t till) Run(ctx context.Context, _ ilp.Handler, _ func(bool)) { <-ctx.Done() }

func (t till) Connected() bool        { return true }
func (t till) Ready() <-chan struct{} { return t.ready }
func (t till) Status() link.Status    { return link.Status{State: link.Established} }

func newTill(config.Account, *slog.Logger) (connector.Link, error) {
	t := till{make(chan struct{})}
	close(t.ready)
	return t, nil
}

func Example() {
	options := []connector.Option{
		connector.WithPlugin("in-process", newTill),
		connector.WithLog(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))),
	}
	c, err := connector.Parse("shop.yaml", []byte(settings), nil, options...)
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
	stopped := make(chan error, 1)
	go func() { stopped <- c.Run(ctx) }()
	select {
	case <-c.Ready():
	case err := <-stopped:
		log.Fatal(err)
	}

	reply, err := c.Send(ctx, ilp.Draft{
		Amount:      250,
		Expiry:      time.Now().Add(10 * time.Second).UnixMilli(),
		Condition:   sha256.Sum256(secret[:]),
		Destination: "test.shop.till",
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("fulfilled: %t, with %.6s\n", reply.Fulfilled(), reply.Fulfillment())
	till, _ := c.Account("till")
	fmt.Println("we owe the till", till.Balance.Balance())

	if err := c.RemoveAccount("till"); err != nil {
		log.Fatal(err)
	}
	reply, err = c.Send(ctx, ilp.Draft{Expiry: time.Now().Add(10 * time.Second).UnixMilli(), Destination: "test.shop.till"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("without it:", reply.Code(), string(reply.Message()))

	stop() // packets in flight end first
	fmt.Println("stopped:", <-stopped)

	// Output:
	// the till is paid 250 at test.shop.till
	// fulfilled: true, with a joke
	// we owe the till -250
	// without it: F02 no route found. source=self destination=test.shop.till
	// stopped: <nil>
}
