package speaker

import (
	"sync"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ccp"
	"github.com/ilp-go/connector/route"
)

// fakeNeighbor is a neighbor that a test controls. It accepts all requests.
type fakeNeighbor struct {
	net      *network
	mu       sync.Mutex // guards controls and updates, see network.handOver
	name     string
	to       ilp.Handler
	controls []ccp.RouteControl // received
	updates  []ccp.RouteUpdate
	epoch    uint32 // of its own table
	table    byte
}

// fake adds a neighbor to n that the test controls.
func (net *network) fake(n *node, name string, p route.Policy) *fakeNeighbor {
	t := &fakeNeighbor{net: net, name: name, to: n.For(&account.Account{ID: name}), table: 200}
	net.fakes = append(net.fakes, t)
	n.introduce(name, account.Peer, p, t)
	n.Connected(name, true)
	net.pass(100 * time.Millisecond)
	return t
}

// HandlePrepare records and accepts a request of the speaker.
func (t *fakeNeighbor) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now().UnixMilli()
	if c, err := ccp.ParseRouteControl(&prepare, now); err == nil {
		t.controls = append(t.controls, c)
	}
	if u, err := ccp.ParseRouteUpdate(&prepare, now); err == nil {
		t.updates = append(t.updates, u)
	}
	r, _ := ilp.ParseReply(ccp.AppendResponse(nil))
	up.WriteReply(r)
}

// says sends an update of entries "+prefix" or "-prefix", and returns the refusal, empty if
// it is accepted.
func (t *fakeNeighbor) says(words ...string) string {
	return t.tell(t.update(words...))
}

func (t *fakeNeighbor) update(words ...string) ccp.RouteUpdate {
	u := ccp.RouteUpdate{
		RoutingTableID: [16]byte{t.table}, FromEpoch: t.epoch, HoldDownTime: 45000, Speaker: "test." + t.name,
	}
	for _, w := range words {
		if w[0] == '-' {
			u.WithdrawnRoutes = append(u.WithdrawnRoutes, w[1:])
		} else {
			u.NewRoutes = append(u.NewRoutes, ccp.Route{Prefix: w[1:], Path: []string{u.Speaker, w[1:]}})
		}
	}
	t.epoch += uint32(len(words))
	u.ToEpoch, u.CurrentEpoch = t.epoch, t.epoch
	return u
}

func (t *fakeNeighbor) tell(u ccp.RouteUpdate) (refusal string) {
	return t.send(u.Append(nil, time.Now().Add(ccp.Lifetime).UnixMilli()))
}

func (t *fakeNeighbor) send(packet []byte) (refusal string) {
	answer := t.post(packet)
	t.net.pass(time.Millisecond)
	return *answer
}

// post sends a packet without waiting. It returns a pointer to the later answer.
func (t *fakeNeighbor) post(packet []byte) *string {
	answer := "no answer"
	p, err := ilp.ParsePrepare(packet)
	if err != nil {
		t.net.t.Fatal(err)
	}
	t.to.HandlePrepare(ilp.ReplyFunc(func(r ilp.Reply) {
		answer = ""
		if err := ccp.CheckResponse(r); err != nil {
			answer = err.Error()
		}
	}), p)
	return &answer
}
