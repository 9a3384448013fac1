package test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestGarbageOverHTTP attacks the shared listener with the token of one account and without, and lets the server of
// that account answer with garbage, while two clients over BTP and a peer over HTTP have business with each other.
// They must not notice, and the connector not grow.
func TestGarbageOverHTTP(t *testing.T) {
	t.Parallel()
	const requests, packets, connections = 3_000, 2_000, 300
	server := endlessServer(t)
	unthrottled := map[string]any{"refillPeriod": 1000, "refillCount": 1_000_000}
	overHTTP := func(id, url string) account {
		return child(id, 9).overOurHTTP(url, ourToken(tokenFrom("conn", id)), ourToken(tokenFrom(id, "conn"))).with("rateLimit", unthrottled)
	}
	c := config{address: "test.conn", accounts: []account{child("alice", 9), child("bob", 9), overHTTP("carol", server), overHTTP("mallory", server)}}
	ports := map[string]int{"alice": freePort(t), "bob": freePort(t), sharedListener: freePort(t)}
	c.listen(ports[sharedListener])
	connector := launchConnector(t, "ours", ours, c, ports, freePort(t))
	connector.awaitListening(t)
	peers := startPeers(t)
	alice, bob := peers.dial(t, "alice", connector.URL("alice")), peers.dial(t, "bob", connector.URL("bob"))
	alice.connected(t)
	bob.connected(t)
	connector.awaitConnected(t, "alice", "bob")

	a := &attack{t: t, port: ports[sharedListener], random: rand.New(rand.NewPCG(1, 2))}
	t.Cleanup(a.close)
	good := packet{amount: 1, expiresAt: time.Now().Add(time.Minute), condition: conditionOf("00"), destination: "test.conn.bob.x"}
	business := func(when string) {
		t.Helper()
		alice.pays(t, bob, when)
		preimage := preimageOf("carol " + when)
		peers.script(t, []string{"bob"}, answer{}.with(preimage))
		paid := packet{amount: 7, expiresAt: time.Now().Add(20 * time.Second), condition: conditionOf(preimage), destination: "test.conn.bob.x"}
		status, body := a.post("carol", paid.bytes())
		raw, err := hex.DecodeString(preimage)
		if err != nil {
			t.Fatal(err)
		}
		if status != http.StatusOK || !bytes.Contains(body, raw) {
			t.Fatalf("carol's packet %s: %d %.200q", when, status, body)
		}
	}
	business("before")
	before := resident(t, connector)
	a.garbageRequests(requests, good.bytes())
	business("after garbage")
	for i := range packets {
		if status, body := a.post("mallory", a.spoil(good.bytes())); status != http.StatusOK || len(body) == 0 || body[0] != 14 && body[0] != 13 {
			t.Fatalf("malformed packet %d: %d %.100q", i, status, body)
		}
	}
	business("after malformed packets")
	a.halfRequests(connections)
	for range 20 {
		var got reply
		peers.ask(t, "prepare", "bob", map[string]any{"packet": map[string]any{
			"amount": "1", "destination": "test.conn.mallory.x", "expiresIn": 10_000, "preimage": preimageOf("x"),
		}}, &got)
		if got.Type != "reject" {
			t.Fatalf("a packet to mallory: %s", inLine(t, got))
		}
	}
	business("while the attack is on")

	if !connector.Alive() {
		t.Fatal("the connector is gone")
	}
	more := resident(t, connector) - before
	t.Logf("the connector takes %d MiB more than before", more>>20)
	if more > memoryMore[ours] {
		t.Errorf("which is more than %d", memoryMore[ours]>>20)
	}
	a.close()
	if status, body := a.post("mallory", good.bytes()); status != http.StatusOK || len(body) == 0 {
		t.Errorf("the account itself, when it is over: %d %.100q", status, body)
	}
}

// endlessServer returns the URL of a server that answers packets without end, and says OK to a GET.
func endlessServer(t *testing.T) string {
	t.Helper()
	port := freePort(t)
	s := &http.Server{Addr: fmt.Sprintf("127.0.0.1:%d", port), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for err := error(nil); r.Method == http.MethodPost && err == nil; {
			_, err = w.Write(make([]byte, 16<<10))
		}
	})}
	go func() { _ = s.ListenAndServe() }()
	t.Cleanup(func() { _ = s.Close() })
	awaitPort(t, port, nil)
	return fmt.Sprintf("http://127.0.0.1:%d/", port)
}

// post sends a packet of an account over HTTP, with its token.
func (a *attack) post(id string, packet []byte) (status int, body []byte) {
	a.t.Helper()
	r, err := http.NewRequest(http.MethodPost, fmt.Sprintf("http://127.0.0.1:%d/accounts/%s/ilp", a.port, id), bytes.NewReader(packet))
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+tokenFrom(id, "conn"))
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		a.t.Fatalf("post of %s: %v", id, err)
	}
	defer w.Body.Close()
	if body, err = io.ReadAll(w.Body); err != nil {
		a.t.Fatalf("answer to %s: %v", id, err)
	}
	return w.StatusCode, body
}

// request returns a good request of mallory to a path.
func (a *attack) request(path string, packet []byte) []byte {
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n", path, tokenFrom("mallory", "conn"), len(packet))
	return append([]byte(head), packet...)
}

// garbageRequests sends count requests that are noise, spoilt, or at the path of another protocol. The connector
// answers something or closes the connection.
func (a *attack) garbageRequests(count int, packet []byte) {
	a.t.Helper()
	upgrade := "GET /accounts/mallory/ilp HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	for i := range count {
		var b []byte
		switch i % 5 {
		case 0:
			b = append(a.noise(a.random.IntN(400)), "\r\n\r\n"...)
		case 1, 2:
			b = a.spoil(a.request("/accounts/mallory/ilp", packet))
		case 3:
			b = a.request("/accounts/mallory/ilp/btp", packet)
		default:
			b = slices.Concat([]byte(upgrade), a.noise(100))
		}
		conn := a.tcp(b)
		_ = conn.(interface{ CloseWrite() error }).CloseWrite()
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		if _, err := conn.Read(make([]byte, 1)); err != nil && strings.Contains(err.Error(), "timeout") {
			a.t.Fatalf("nothing comes of %.200q", b)
		}
		conn.Close()
	}
}

// halfRequests opens count connections that announce more than they send, and leaves them open.
func (a *attack) halfRequests(count int) {
	a.t.Helper()
	preface := "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"
	whole := a.request("/accounts/mallory/ilp", make([]byte, 30_000))
	for i := range count {
		a.open = append(a.open, a.tcp([][]byte{
			nil, whole[:20], whole[:100], whole[:5000], []byte(preface), []byte(preface + "\x00\x40\x00\x00\x00\x00\x00\x00\x01"),
			[]byte(preface + "\x10\x00\x00\x00\x00\x00\x00\x00\x01"),
		}[i%7]))
	}
}
