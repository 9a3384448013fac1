package admin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/route"
)

// routing-learned.json is what the reference shows when a peer, b, has told it of
// itself; routing-withdrawn.json when b has gone, and is a peer no more to it.
func TestRoutingHasTheFormOfTheReference(t *testing.T) {
	n := newNode(t)
	api := newAPI(t, n, loopback())
	n.Protocol = learned()
	compareRouting(t, api, "routing-learned.json", "session")
	n.Protocol.Epoch = 3
	n.Protocol.Routes = n.Protocol.Routes[:2]
	n.Protocol.Advertised[1] = route.Update{Prefix: "test.b", Epoch: 2}
	compareRouting(t, api, "routing-withdrawn.json", "b")
}

// learned returns the state of the reference in routing-learned.json.
func learned() admin.RoutingState {
	own := route.Route{Prefix: "test.a", Path: []string{"test.a"}}
	other := route.Route{Prefix: "test.b", NextHop: "b", Path: []string{"test.a", "test.b"}}
	return admin.RoutingState{
		TableID: "6e36e054-7961-471a-8e71-e7cd961d0bb2",
		Epoch:   2,
		Routes: route.Routes{
			{Prefix: "test.a"}, {Prefix: "test.a.c", NextHop: "c"}, {Prefix: "test.b", NextHop: "b", Path: []string{"test.b"}},
		},
		Advertised: []route.Update{{Prefix: "test.a", Route: &own}, {Prefix: "test.b", Route: &other, Epoch: 1}},
		Peers: map[string]admin.RoutingPeer{"b": {
			Send:    &admin.RoutingSend{Epoch: 2, Mode: "SYNC"},
			Receive: &admin.RoutingReceive{RoutingTableID: "fc133897-34c5-4111-840c-41407fc746f7", Epoch: 2},
		}},
	}
}

// compareRouting compares /routing with a recording, beside which it has what more
// names.
func compareRouting(t *testing.T, api *admin.API, recording string, more ...string) {
	t.Helper()
	recorded, err := os.ReadFile("testdata/reference/" + recording)
	if err != nil {
		t.Fatal(err)
	}
	w := answer(api, call(http.MethodGet, "/routing", ""))
	var extra []string
	compare(t, recording, document(t, recorded), document(t, w.Body.Bytes()), &extra)
	if !slices.Equal(extra, more) {
		t.Errorf("%s: we have %q beside it, want %q", recording, extra, more)
	}
}

func TestSessionsAreShownWithTheirTimesAndErrors(t *testing.T) {
	n := newNode(t)
	at := func(second int) admin.Time {
		return admin.Time{Time: time.Date(2026, 11, 22, 11, 20, second, 0, time.UTC)}
	}
	n.Protocol.Peers = map[string]admin.RoutingPeer{
		"alice": {Send: &admin.RoutingSend{Mode: "IDLE"}, Session: admin.RoutingSession{Relation: "child", State: "idle"}},
		"bob": {Session: admin.RoutingSession{
			Relation: "peer", State: "established", Since: at(1), Speaker: "test.bob", Received: 5, Accepted: 3, Damped: 1,
			Advertised: 4, Faults: 2, LastError: "read 127.0.0.1:1->127.0.0.1:2: reset", NextRetry: at(2), Expires: at(3),
		}},
	}
	exchange{"GET", "/routing", "", 200, asJSON, `{"routingTableId":"c1666bad-570b-449b-a11f-86bf6aabb35e","currentEpoch":1,` +
		`"localRoutingTable":{"test.conn":{"nextHop":"","path":""},"test.conn.alice":{"nextHop":"alice","path":""},` +
		`"test.conn.bob":{"nextHop":"bob","path":""},"test.conn.zoe":{"nextHop":"zoe","path":""}},` +
		`"forwardingRoutingTable":{"test.conn":{"nextHop":"","path":"test.conn"}},` +
		`"routingLog":[{"prefix":"test.conn","route":{"nextHop":"","path":"test.conn"},"epoch":0}],` +
		`"peers":{"alice":{"send":{"epoch":0,"mode":"IDLE"},` +
		`"session":{"relation":"child","state":"idle","received":0,"accepted":0,"damped":0,"advertised":0,"faults":0}},` +
		`"bob":{"session":{"relation":"peer","state":"established","since":"2026-11-22T11:20:01.000Z","speaker":"test.bob",` +
		`"received":5,"accepted":3,"damped":1,"advertised":4,"faults":2,"lastError":"read 127.0.0.1:1->127.0.0.1:2: reset",` +
		`"nextRetry":"2026-11-22T11:20:02.000Z","expires":"2026-11-22T11:20:03.000Z"}}}}`}.run(t, newAPI(t, n, loopback()))
}

// The document is the same as that of package json, although it is written route by route.
func TestRoutingIsADocument(t *testing.T) {
	n := newNode(t)
	api := newAPI(t, n, loopback())
	rapid.Check(t, func(t *rapid.T) {
		n.Protocol = drawProtocol(t)
		want := documentOf(n.Protocol)
		var got admin.Routing
		body := answer(api, call(http.MethodGet, "/routing", "")).Body.Bytes()
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s is\n%+v, want\n%+v", body, got, want)
		}
	})
}

func drawProtocol(t *rapid.T) admin.RoutingState {
	text := rapid.OneOf(rapid.StringMatching(`[a-z]{1,3}(\.[a-z~]{1,3}){0,3}`), rapid.String())
	draw := func(prefix string) route.Route {
		return route.Route{
			Prefix: prefix, NextHop: text.Draw(t, "next hop"), Path: rapid.SliceOfN(text, 0, 3).Draw(t, "path"),
		}
	}
	p := admin.RoutingState{TableID: text.Draw(t, "table"), Epoch: rapid.Uint32().Draw(t, "epoch")}
	prefixes := rapid.SliceOfDistinct(text, rapid.ID[string])
	for _, prefix := range prefixes.Draw(t, "prefixes") {
		p.Routes = append(p.Routes, draw(prefix))
	}
	for i, prefix := range prefixes.Draw(t, "told") {
		u := route.Update{Prefix: prefix, Epoch: uint32(i)}
		if r := draw(prefix); rapid.Bool().Draw(t, "announced") {
			u.Route = &r
		}
		p.Advertised = append(p.Advertised, u)
	}
	return p
}

// documentOf makes the document at once.
func documentOf(p admin.RoutingState) admin.Routing {
	r := admin.Routing{
		RoutingTableID: p.TableID, CurrentEpoch: p.Epoch, LocalRoutingTable: p.Routes.Entries(),
		ForwardingRoutingTable: map[string]*route.Entry{}, RoutingLog: []admin.RoutingChange{}, Peers: map[string]admin.RoutingPeer{},
	}
	for _, u := range p.Advertised {
		var e *route.Entry
		if u.Route != nil {
			e = &route.Entry{NextHop: u.Route.NextHop, Path: strings.Join(u.Route.Path, " ")}
		}
		r.ForwardingRoutingTable[u.Prefix] = e
		r.RoutingLog = append(r.RoutingLog, admin.RoutingChange{Prefix: u.Prefix, Route: e, Epoch: u.Epoch})
	}
	return r
}

func TestExplanationsAreShownAsTheyAre(t *testing.T) {
	n := newNode(t)
	n.Explanations = map[string]admin.Explanation{"test.b.x": {
		Address: "test.b.x",
		Candidates: []admin.Candidate{
			{Prefix: "test.b", NextHop: "bob", Path: "test.b", Source: "learned", Relation: "peer", LocalPreference: 5},
			{Prefix: "test.b", NextHop: "zoe", Path: "test.z test.b", Source: "learned", Relation: "peer", Stale: true, LostBy: "stale"},
		},
		Shorter: []admin.Candidate{{Prefix: "test", NextHop: "zoe", Source: "default", Relation: "parent", LostBy: "prefix length"}},
		Refused: []admin.RefusedRoute{{Prefix: "test.b", NextHop: "alice", Reason: "path leads through us"}},
	}}
	exchange{"GET", "/routes/test.b.x", "", 200, asJSON, `{"address":"test.b.x","candidates":[` +
		`{"prefix":"test.b","nextHop":"bob","path":"test.b","source":"learned","relation":"peer","localPreference":5},` +
		`{"prefix":"test.b","nextHop":"zoe","path":"test.z test.b","source":"learned","relation":"peer","localPreference":0,"stale":true,"lostBy":"stale"}],` +
		`"shorter":[{"prefix":"test","nextHop":"zoe","path":"","source":"default","relation":"parent","localPreference":0,"lostBy":"prefix length"}],` +
		`"refused":[{"prefix":"test.b","nextHop":"alice","reason":"path leads through us"}]}`}.run(t, newAPI(t, n, loopback()))
}

// manyRoutes returns a table of that many routes, all of which we advertise.
func manyRoutes(number int) (p admin.RoutingState) {
	for i := range number {
		prefix := fmt.Sprintf("g.net%d.node%06d", i%317, i)
		r := route.Route{Prefix: prefix, NextHop: "upstream", Path: []string{"g.upstream", "g.transit", prefix}}
		p.Routes = append(p.Routes, r)
		r.Path = slices.Concat([]string{"g.us"}, r.Path)
		p.Advertised = append(p.Advertised, route.Update{Prefix: prefix, Route: &r, Epoch: uint32(i)})
	}
	return p
}

func BenchmarkRoutingOf100000Routes(b *testing.B) {
	n := newNode(b)
	n.Protocol = manyRoutes(100_000)
	api := newAPI(b, n, loopback())
	b.ReportAllocs()
	for b.Loop() {
		b.SetBytes(int64(answer(api, call(http.MethodGet, "/routing", "")).Body.Len()))
	}
}
