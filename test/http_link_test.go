package test

import (
	"encoding/hex"
	"fmt"
	"maps"
	"testing"

	"github.com/ilp-go/connector/ilptest"
)

// The plugins that carry packets over HTTP: npm's, which ours stands in for, and one that only ours has, whose
// accounts share a port.
const (
	pluginHTTP    = "ilp-plugin-http"
	pluginOurHTTP = "ilp-http"
)

// testPreimage is the fulfillment of the packets of ilptest, in hex.
var testPreimage = hex.EncodeToString(ilptest.Preimage[:])

// sharedListener is the name of the shared listener among the ports of a connector.
const sharedListener = "listen"

// keys are the options of ilp-plugin-http at both ends of one direction.
type keys struct{ outgoing, incoming map[string]any }

// The ways to prove who sends. Each is given a text that no other direction has.
func staticToken(text string) keys {
	return keys{map[string]any{"staticToken": text}, map[string]any{"staticToken": text}}
}

func jwtSecret(text string) keys {
	return keys{map[string]any{"jwtSecret": text}, map[string]any{"jwtSecret": text}}
}

// bareToken sends a token without the word Bearer, as ilp-plugin-http did up to version 1.5.
func bareToken(text string) keys {
	return keys{map[string]any{"secretToken": text}, map[string]any{"secretToken": text}}
}

func bareJWT(text string) keys {
	return keys{map[string]any{"secret": text, "tokenExpiry": 20_000}, map[string]any{"secret": text}}
}

// The same for ilp-http.
func ourToken(text string) keys {
	return keys{map[string]any{"token": text}, map[string]any{"tokens": []string{text}}}
}

func ourJWT(text string) keys {
	rule := map[string]any{"secret": text}
	return keys{map[string]any{"jwt": rule}, map[string]any{"jwt": rule}}
}

// joined returns the entries of both, those of the second one if both have them.
func joined(a, b map[string]any) map[string]any {
	all := maps.Clone(a)
	if all == nil {
		all = make(map[string]any)
	}
	maps.Copy(all, b)
	return all
}

// tokenFrom is the text that proves that a packet comes from there.
func tokenFrom(from, to string) string { return "token-of-" + from + "-for-" + to }

// overHTTP returns an account whose packets travel over HTTP: they go to url, and come in at a port of its own.
func (a account) overHTTP(url string, out, in keys) account {
	a.plugin = pluginHTTP
	return a.opt("outgoing", joined(out.outgoing, map[string]any{"url": url})).opt("incoming", in.incoming)
}

// overOurHTTP is overHTTP at the shared listener.
func (a account) overOurHTTP(url string, out, in keys) account {
	a = a.overHTTP(url, out, in)
	a.plugin = pluginOurHTTP
	return a
}

// listen gives the connector a shared listener.
func (c *config) listen(port int) {
	if c.env == nil {
		c.env = make(map[string]string)
	}
	c.env["LISTEN"] = fmt.Sprintf(`{"host":"127.0.0.1","port":%d}`, port)
}

// httpLink says how a link of a topology goes over HTTP.
type httpLink struct {
	keys   func(text string) keys
	shared func(text string) keys  // the same for ours, which has ilp-http and the shared listener then
	more   map[kind]map[string]any // further options of outgoing
}

// peerHTTP links two connectors as peers over HTTP; each calls the account by the name of the other.
func (n *topology) peerHTTP(a, b string, h httpLink) {
	n.t.Helper()
	n.linkHTTP(n.node(a), n.node(b), peer(b, 9), peer(a, 9), h)
}

// parentHTTP makes below a child of above over HTTP, from whom it has its address.
func (n *topology) parentHTTP(above, below string, h httpLink) {
	n.t.Helper()
	up, down := n.node(above), n.node(below)
	n.linkHTTP(up, down, child(below, 9), parent(above, 9), h)
	down.above, down.address, down.config.address = up, up.address+"."+below, ""
}

func (n *topology) linkHTTP(x, y *station, atX, atY account, h httpLink) {
	n.t.Helper()
	x.neighbors, y.neighbors = append(x.neighbors, y), append(y.neighbors, x)
	urlX, urlY := x.takes(n.t, atX, h), y.takes(n.t, atY, h)
	x.sends(atX, urlY, h)
	y.sends(atY, urlX, h)
}

// takes returns where the packets of an account come in.
func (s *station) takes(t *testing.T, a account, h httpLink) (url string) {
	t.Helper()
	if s.kind != ours || h.shared == nil {
		s.ports[a.id] = freePort(t)
		return fmt.Sprintf("http://127.0.0.1:%d", s.ports[a.id])
	}
	if s.ports[sharedListener] == 0 {
		s.ports[sharedListener] = freePort(t)
		s.config.listen(s.ports[sharedListener])
	}
	return fmt.Sprintf("http://127.0.0.1:%d/accounts/%s/ilp", s.ports[sharedListener], a.id)
}

// sends gives the connector an account over HTTP, whose packets go to url.
func (s *station) sends(a account, url string, h httpLink) {
	out, in := tokenFrom(s.name, a.id), tokenFrom(a.id, s.name)
	of, over := h.keys, account.overHTTP
	if s.kind == ours && h.shared != nil {
		of, over = h.shared, account.overOurHTTP
	}
	sent := of(out)
	sent.outgoing = joined(sent.outgoing, h.more[s.kind])
	a = over(a, url, sent, of(in))
	s.config.accounts = append(s.config.accounts, limited(a))
}

// startInTurn is start, but each connector listens before the next one starts, because the reference asks a neighbor for
// its routes as soon as it runs, and again only after 30 s. It waits until ours have found their neighbors.
func (n *topology) startInTurn() {
	n.t.Helper()
	for _, s := range n.nodes {
		s.launch(n.t)
		s.awaitListening(n.t)
	}
	n.connectClients()
	for _, s := range n.nodes {
		for _, other := range s.neighbors {
			s.awaitConnected(n.t, other.name)
		}
	}
}
