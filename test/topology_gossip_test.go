package test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	interledger "github.com/ilp-go/connector/ilp" // ilp and btp are words of this package
	bilateral "github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/ilp/ccp"
)

// gossip is a neighbor that says of routes what it is told to say, right or wrong, and carries no packets. What
// it is asked for it does not give by itself.
type gossip struct {
	t       *testing.T
	socket  *socket
	address string
	epoch   uint32
	// refusals is how many route controls it still refuses, as one that is not ready.
	refusals int
	controls chan bool // one for each route control, whether it was fulfilled

	mu      sync.Mutex // guards the rest and writing
	next    uint32
	waiting map[uint32]func(heard string)
}

// startGossip connects to the account of that name, which listens. The first route controls are refused.
func startGossip(t *testing.T, s *station, id string, refusals int) *gossip {
	t.Helper()
	g := &gossip{
		t: t, address: "test." + id, socket: newAttack(t, s.Connector, id).dial(true),
		refusals: refusals, controls: make(chan bool, 1000),
		next: 1, waiting: make(map[uint32]func(string)),
	}
	if err := g.socket.conn.SetDeadline(time.Now().Add(2 * patience)); err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		for g.hear() == nil {
		}
	}()
	t.Cleanup(func() {
		g.socket.conn.Close()
		<-over
	})
	return g
}

// hear takes the next message: an answer, for whoever waits for it, or a request.
func (g *gossip) hear() error {
	opcode, message, err := g.socket.read()
	if err != nil || opcode != binaryFrame {
		return err
	}
	packet, err := bilateral.Parse(message)
	if err != nil {
		return err
	}
	entry, _ := packet.First(bilateral.ILP)
	if packet.Type == bilateral.TypeMessage {
		return g.answer(packet.RequestID, entry.Data)
	}
	g.mu.Lock()
	then := g.waiting[packet.RequestID]
	delete(g.waiting, packet.RequestID)
	g.mu.Unlock()
	if then != nil {
		then(said(entry.Data))
	}
	return nil
}

// said is an answer in words: fulfilled, or the code and the message of a Reject.
func said(answer []byte) string {
	switch r, err := interledger.ParseReply(answer); {
	case err != nil:
		return err.Error()
	case r.Fulfilled():
		return "fulfilled"
	default:
		return r.Code().String() + " " + string(r.Message())
	}
}

// answer fulfills a request of the routing protocol, or refuses a route control.
func (g *gossip) answer(id uint32, request []byte) error {
	prepare, err := interledger.ParsePrepare(request)
	if err != nil {
		return err
	}
	yes := true
	if string(prepare.Destination()) == ccp.ControlDestination {
		if yes = g.refusals == 0; !yes {
			g.refusals--
		}
		g.controls <- yes
	}
	answer := ccp.AppendResponse(nil)
	if !yes {
		refusal := interledger.Reject{Code: interledger.F00, TriggeredBy: g.address, Message: "cannot process route control messages from non-peers."}
		answer = refusal.Append(nil)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	_, err = g.socket.conn.Write(frame(binaryFrame, bilateral.AppendILP(nil, bilateral.TypeResponse, id, answer)))
	return err
}

// send sends a packet. What is heard goes to then, which must not block.
func (g *gossip) send(packet []byte, then func(heard string)) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.next++
	g.waiting[g.next] = then
	_, err := g.socket.conn.Write(frame(binaryFrame, bilateral.AppendILP(nil, bilateral.TypeMessage, g.next, packet)))
	return err
}

// tell sends a packet that has to be fulfilled, and waits for that.
func (g *gossip) tell(packet []byte) {
	g.t.Helper()
	heard := make(chan string, 1)
	if err := g.send(packet, func(text string) { heard <- text }); err != nil {
		g.t.Fatal(err)
	}
	select {
	case text := <-heard:
		if text != "fulfilled" {
			g.t.Fatalf("%s tells its routes: %s", g.address, text)
		}
	case <-time.After(patience):
		g.t.Fatalf("%s tells its routes, and nobody answers", g.address)
	}
}

// announces tells ways to prefixes, each through the connectors of path behind the neighbor itself.
func (g *gossip) announces(path string, prefixes ...string) {
	g.t.Helper()
	u := g.update()
	for _, prefix := range prefixes {
		hops := append([]string{g.address}, strings.Fields(path)...)
		u.NewRoutes = append(u.NewRoutes, ccp.Route{Prefix: prefix, Path: hops})
	}
	g.tell(u.Append(nil, soon()))
}

// withdraws takes back what was told.
func (g *gossip) withdraws(prefixes ...string) {
	g.t.Helper()
	u := g.update()
	u.WithdrawnRoutes = prefixes
	g.tell(u.Append(nil, soon()))
}

// flood sends count packets, some of them at once, waits until each is answered, and counts what it heard by
// code.
func (g *gossip) flood(count int, packet func(i int) []byte, heard map[string]int) error {
	const atOnce = 20
	answers := make(chan string, count)
	for sent, answered := 0, 0; answered < count; {
		if sent < count && sent-answered < atOnce {
			if err := g.send(packet(sent), func(text string) { answers <- text }); err != nil {
				return fmt.Errorf("send packet %d: %w", sent, err)
			}
			sent++
			continue
		}
		select {
		case text := <-answers:
			code, _, _ := strings.Cut(text, " ")
			heard[code]++
			answered++
		case <-time.After(patience):
			return fmt.Errorf("%d of %d packets were answered", answered, sent)
		}
	}
	return nil
}

// update is the next one, without anything in it, for as many epochs as one.
func (g *gossip) update() ccp.RouteUpdate {
	g.epoch++
	return ccp.RouteUpdate{
		RoutingTableID: [16]byte{7},
		CurrentEpoch:   g.epoch, FromEpoch: g.epoch - 1, ToEpoch: g.epoch,
		HoldDownTime: 60_000,
		Speaker:      g.address,
	}
}

// soon is when requests made now expire.
func soon() int64 { return time.Now().Add(ccp.Lifetime).UnixMilli() }
