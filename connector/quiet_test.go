package connector_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/btppeer"
	"github.com/ilp-go/connector/settle"
)

// underWay sends a packet from alice to bob, and returns what answers it, and with what alice is
// answered.
func (c *changeable) underWay(amount uint64) (ilptest.Sent, *ilptest.Recorder) {
	c.t.Helper()
	c.mu.Lock()
	bob := c.links["bob"]
	c.mu.Unlock()
	bob.Answer = nil
	r := ilptest.NewRecorder()
	c.handler("alice").HandlePrepare(r, ilptest.Prepare("test.us.bob", amount, ilptest.Data(fmt.Append(nil, sequence.Add(1)))))
	return bob.Take(), r
}

// probe returns what comes of a packet that an account sends without a route.
func probe(from ilp.Handler) string {
	r := ilptest.NewRecorder()
	from.HandlePrepare(r, ilptest.Prepare("test.nowhere", 0))
	return outcome(r.Reply())
}

// A packet under way moves the balance of an account whose unit is to change. The account stays
// as it was, and a restart finds nothing that it cannot read.
func TestUnitStaysIfAPacketUnderWayMovesTheBalance(t *testing.T) {
	for name, change := range map[string]func(*changeable) string{
		"patch": func(c *changeable) string {
			_, text := ask(c.t, c.port, "PATCH", "/accounts/alice", `{"assetScale":3}`)
			return text
		},
		"reload": func(c *changeable) string {
			_, err := c.reload(strings.Replace(changeableAccounts, "assetScale: 2", "assetScale: 3", 1))
			return fmt.Sprint(err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := run(t, nil, changeableAccounts)
			c.wantSent("fulfilled", "alice", "test.us.bob", 0)
			alice := c.handler("alice") // that of the link before the change
			sent, r := c.underWay(10)
			changed := make(chan string, 1)
			go func() { changed <- change(c) }()
			await(t, "new packets to be refused", func() bool { return probe(alice) == "T03 account is being removed." })
			sent.Up.WriteReply(ilptest.Fulfill())
			if reply := r.Reply(); !reply.Fulfilled() {
				t.Errorf("the packet under way: %s", outcome(reply))
			}
			if text := <-changed; !strings.Contains(text, "its balance of 10 is in USD with scale 2: settle it before") {
				t.Errorf("answered %s", text)
			}
			if got := probe(alice); got != "F02 no route found. source=alice destination=test.nowhere" {
				t.Errorf("it takes no packets again: %s", got)
			}
			if got := snapshot(c.Connector, "alice").Posted.String(); got != "10" {
				t.Errorf("alice owes us %s", got)
			}
			state := c.disk.states[len(c.disk.states)-1]
			c.stop()
			if got := maxima(run(t, state, changeableAccounts)); got != "alice=1000 bob=1000" {
				t.Errorf("after a restart: %s", got)
			}
		})
	}
}

// The link of clients that are accounts changes when their packets under way have ended, as that
// of any account.
func TestClientsPacketsEndBeforeTheirListenerChanges(t *testing.T) {
	for name, change := range map[string]func(*household) (int, string){
		"change": func(f *household) (int, string) {
			return ask(t, f.port, "PATCH", "/accounts/mini?ephemeral=true", `{"children":{"names":["*"]}}`)
		},
		"remove": func(f *household) (int, string) {
			return ask(t, f.port, "DELETE", "/accounts/mini?ephemeral=true&force=true", "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newHousehold(t, "")
			alice, bob := btppeer.Join(t, f.url, "alice", "a"), btppeer.Join(t, f.url, "bob", "b")
			alice.Send(btppeer.Request(7, ilptest.Prepare("test.us.mini.bob", 5)))
			id, _ := bob.WantPrepare()
			changed := make(chan string, 1)
			go func() {
				status, text := change(f)
				changed <- fmt.Sprint(status, " ", text)
			}()
			n := uint32(100)
			await(t, "new packets to be refused", func() bool {
				n++
				alice.Send(btppeer.Request(n, ilptest.Prepare("test.nowhere", 0)))
				reply := alice.WantReply(n)
				return reply.Code() == ilp.T03
			})
			bob.Send(btppeer.Response(id, ilptest.Fulfill()))
			if reply := alice.WantReply(7); !reply.Fulfilled() {
				t.Errorf("answered %s", outcome(reply))
			}
			if got := <-changed; !strings.HasPrefix(got, "200") {
				t.Errorf("the change is answered %s", got)
			}
		})
	}
}

// The unit of clients that are accounts is that of their listener.
func TestUnitStaysIfClientsHaveBalances(t *testing.T) {
	f := newHousehold(t, "")
	alice, bob := btppeer.Join(t, f.url, "alice", "a"), btppeer.Join(t, f.url, "bob", "b")
	if reply := payFrom(t, alice, bob, "test.us.mini.bob", 300); !reply.Fulfilled() {
		t.Fatalf("rejected with %s", reply.Code())
	}
	for _, patch := range []string{`{"assetScale":3}`, `{"children":{"perChild":{"balance":null}}}`, `{"children":null}`} {
		f.want("PATCH", "/accounts/mini?ephemeral=true", patch, 409, "2 clients have balances in USD with scale 2, the first of them mini.alice")
	}
	if reply := payFrom(t, alice, bob, "test.us.mini.bob", 301); !reply.Fulfilled() {
		t.Errorf("rejected with %s", reply.Code())
	}
	if a, _ := f.Account("mini.alice"); a.Balance.Posted.String() != "601" {
		t.Errorf("alice owes us %s", a.Balance.Posted)
	}
}

// slowSettler is a link that settles, and takes its time to learn that its account is gone.
type slowSettler struct {
	*testLink
	asked, told chan struct{}
}

func (*slowSettler) Pay(context.Context, settle.Payment) error { return nil }

func (s *slowSettler) Remove(context.Context) error {
	close(s.asked)
	<-s.told
	return nil
}

// An account that may go only with a balance of 0 takes no packets any more once that was found.
func TestNoBalanceComesToAnAccountThatGoes(t *testing.T) {
	bob := &slowSettler{newTestLink(ilptest.Fulfilling()), make(chan struct{}), make(chan struct{})}
	alice := newTestLink(ilptest.NewLink())
	port := freePort(t)
	c, _ := start(t, fmt.Sprintf("%sadminApi: true\nadminApiPort: %d\n", twoAccounts, port),
		connector.WithPlugin("test", func(a config.Account, _ *slog.Logger) (connector.Link, error) {
			return map[string]connector.Link{"alice": alice, "bob": bob}[a.ID], nil
		}))
	awaitReady(t, c)
	removed := make(chan int, 1)
	go func() {
		status, _ := ask(t, port, "DELETE", "/accounts/bob?ephemeral=true", "")
		removed <- status
	}()
	<-bob.asked
	if got := outcome(pay(t, alice, 5)); got != "T03 account is being removed. account=bob" {
		t.Errorf("a packet to it: %s", got)
	}
	close(bob.told)
	if status := <-removed; status != 200 {
		t.Errorf("answered %d", status)
	}
	if got := snapshot(c, "alice").Posted.String(); got != "0" {
		t.Errorf("alice owes us %s", got)
	}
}
