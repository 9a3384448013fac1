package connector_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/uuid"
)

// callbackPeer is a peer over HTTP that answers by callback, with the statuses that a test wants.
type callbackPeer struct {
	*httptest.Server
	ids    chan string // the Request-Ids of what it gets
	status chan int    // of the next responses, 202 when there is none
}

func newCallbackPeer(t *testing.T) *callbackPeer {
	p := &callbackPeer{ids: make(chan string, 100), status: make(chan int, 100)}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.Method != http.MethodPost {
			return
		}
		select {
		case status := <-p.status:
			w.WriteHeader(status)
		default:
			w.WriteHeader(http.StatusAccepted)
		}
		p.ids <- r.Header.Get("Request-Id")
	}))
	t.Cleanup(p.Close)
	return p
}

// nodeOf returns a configuration with this peer as account near, and bob behind us.
func (p *callbackPeer) nodeOf(port int, settings, limits, async string) string {
	return fmt.Sprintf(`
ilpAddress: test.far
backend: one-to-one
listen: {host: 127.0.0.1, port: %d}
%s
accounts:
  near:
    relation: peer
    plugin: ilp-http
    assetCode: USD
    assetScale: 2
    balance: %s
    sendRoutes: false
    receiveRoutes: false
    options:
      incoming: {tokens: [token-from-near-to-far]}
      outgoing: {url: '%s', token: token-from-far-to-near}
%s
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 2}
routes:
  - {targetPrefix: test.near, peerId: near}
`, port, settings, limits, p.URL, async)
}

const asyncOptions = "      async: {callbackHosts: [127.0.0.1], callbackUrl: 'http://127.0.0.1/'}"

// post sends what a peer sends, and returns the status.
func (p *callbackPeer) post(t *testing.T, port int, body []byte, id string) int {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, fmt.Sprintf("http://127.0.0.1:%d/accounts/near/ilp", port), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer token-from-near-to-far")
	r.Header.Set("Request-Id", id)
	if body[0] == 12 {
		r.Header.Set("Callback-Url", p.URL+"/reply")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	return answer.StatusCode
}

// What the peer has not counted is taken back also if a limit of the balance would not allow it: the limit
// is about packets and edits, and the balances of both sides are to be the same.
func TestLimitsDoNotKeepWhatThePeerHasNotCounted(t *testing.T) {
	for _, settings := range []string{"store: bolt\nstorePath: " + filepath.Join(t.TempDir(), "store"), "store: memory"} {
		p := newCallbackPeer(t)
		c, _ := start(t, p.nodeOf(freePort(t), settings, "{maximum: '100', minimum: '0'}", asyncOptions),
			links(map[string]*testLink{"bob": newTestLink(ilptest.Fulfilling())}))
		awaitReady(t, c)
		if err := connector.TakeBack(c, "near", 60, uuid.New().String()); err != nil {
			t.Errorf("%s: %v", settings, err)
		}
		if got := postedOf(c, "near"); got != "-60" {
			t.Errorf("%s: the balance is %s", settings, got)
		}
	}
}

// A change of options replaces the link. What the former one has booked stays known, without a file too.
func TestChangedAccountKnowsWhatItHasBooked(t *testing.T) {
	p, port := newCallbackPeer(t), freePort(t)
	bob := newTestLink(ilptest.NewLink())
	c, _ := start(t, p.nodeOf(port, "store: memory", "{maximum: '100'}", asyncOptions), links(map[string]*testLink{"bob": bob}))
	awaitReady(t, c)
	up := ilptest.NewRecorder()
	(<-bob.handler).HandlePrepare(up, ilptest.Prepare("test.near.carol", 7))
	id, fulfill := <-p.ids, ilptest.Fulfill()
	if status := p.post(t, port, fulfill.Bytes(), id); status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	if reply := up.Reply(); !reply.Fulfilled() {
		t.Fatal("it is not fulfilled")
	}
	a := connector.Configured(c, "near")
	a.Options = maps.Clone(a.Options)
	a.Options["async"] = map[string]any{"callbackHosts": []any{"127.0.0.1"}, "callbackUrl": "http://127.0.0.1/other"}
	if err := c.ChangeAccount(a); err != nil {
		t.Fatal(err)
	}
	if status := p.post(t, port, fulfill.Bytes(), id); status != http.StatusOK {
		t.Errorf("then status %d", status)
	}
}

// While a Fulfill waits for its delivery, its account loses async, or goes. The operator is told, and told
// too when it is delivered again.
func TestAccountThatLeavesFulfillsUndelivered(t *testing.T) {
	for name, leave := range map[string]func(*connector.Connector) (back func() error, err error){
		"async is taken off": func(c *connector.Connector) (func() error, error) {
			before := connector.Configured(c, "near")
			after := before
			after.Options = maps.Clone(before.Options)
			delete(after.Options, "async")
			return func() error { return c.ChangeAccount(before) }, c.ChangeAccount(after)
		},
		"the account is removed": func(c *connector.Connector) (func() error, error) {
			before := connector.Configured(c, "near")
			return func() error { return c.AddAccount(before) }, c.RemoveAccount("near")
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, port := newCallbackPeer(t), freePort(t)
			for range cap(p.status) { // it answers no callback for now
				p.status <- http.StatusBadGateway
			}
			settings := "store: bolt\nstorePath: " + filepath.Join(t.TempDir(), "store")
			c, _ := start(t, p.nodeOf(port, settings, "{maximum: '100'}", asyncOptions), links(map[string]*testLink{"bob": newTestLink(ilptest.Fulfilling())}))
			awaitReady(t, c)
			prepare := ilptest.Prepare("test.far.bob", 7)
			if status := p.post(t, port, prepare.Bytes(), uuid.New().String()); status != http.StatusAccepted {
				t.Fatalf("status %d", status)
			}
			<-p.ids
			back, err := leave(c)
			if err != nil {
				t.Fatal(err)
			}
			awaitAlert(t, c, "near", "1 Fulfills of the account are booked")
			for len(p.status) > 0 {
				<-p.status
			}
			if err := back(); err != nil {
				t.Fatal(err)
			}
			awaitNo(t, func() int { return connector.Records(c, "answers/") })
			for _, a := range c.Alerts().All() {
				if strings.Contains(a.Message, "Fulfills of the account") {
					t.Errorf("there still is the alert %s", a.Message)
				}
			}
		})
	}
}
