package speaker

import (
	"sync"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ccp"
	"github.com/ilp-go/connector/route"
)

// talker is a neighbor under the hand of a test. It says yes to everything.
type talker struct {
	net      *network
	mu       sync.Mutex // of controls and updates; network.pass hands them over
	name     string
	to       ilp.Handler
	controls []ccp.RouteControl // that it got
	updates  []ccp.RouteUpdate
	epoch    uint32 // of its own table
	table    byte
}

// talk makes name a neighbor of n that the test speaks for.
func (net *network) talk(n *node, name string, p route.Policy) *talker {
	t := &talker{net: net, name: name, to: n.For(&account.Account{ID: name}), table: 200}
	net.talkers = append(net.talkers, t)
	n.introduce(name, route.PeerRelation, p, t)
	n.Connected(name, true)
	net.pass(100 * time.Millisecond)
	return t
}

// HandlePrepare takes what the speaker sends.
func (t *talker) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
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

// says sends an update of the words, "+prefix" or "-prefix", and returns the refusal,
// empty for a yes.
func (t *talker) says(words ...string) string {
	return t.tell(t.update(words...))
}

func (t *talker) update(words ...string) ccp.RouteUpdate {
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

func (t *talker) tell(u ccp.RouteUpdate) (refusal string) {
	return t.send(u.Append(nil, time.Now().Add(ccp.Lifetime).UnixMilli()))
}

func (t *talker) send(packet []byte) (refusal string) {
	answer := t.post(packet)
	t.net.pass(time.Millisecond)
	return *answer
}

// post sends without waiting. The answer stands where it points to once it is there.
func (t *talker) post(packet []byte) *string {
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
