package connector_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/uuid"
)

// postedOf returns the posted balance of an account.
func postedOf(c *connector.Connector, id string) string {
	return connector.AccountOf(c, id).Balance.Snapshot().Posted.String()
}

// awaitAlert waits until an account has an alert that says a text.
func awaitAlert(t *testing.T, c *connector.Connector, id, text string) {
	t.Helper()
	for {
		changed := c.Alerts().Changed()
		for _, a := range c.Alerts().All() {
			if a.AccountID == id && strings.Contains(a.Message, text) {
				return
			}
		}
		<-changed
	}
}

// Answers are requests of their own. Both sides know where to send them, and book the same.
func TestAnswersByCallback(t *testing.T) {
	ports := map[string]int{"near": freePort(t), "far": freePort(t)}
	node := func(own, other, accounts string) string {
		return fmt.Sprintf(`
ilpAddress: test.%[1]s
backend: one-to-one
store: bolt
storePath: %[5]s
listen: {host: 127.0.0.1, port: %[3]d, publicUrl: 'http://127.0.0.1:%[3]d'}
accounts:
  %[2]s:
    relation: peer
    plugin: ilp-http
    assetCode: USD
    assetScale: 2
    balance: {maximum: '1000'}
    options:
      incoming: {tokens: [token-from-%[2]s-to-%[1]s]}
      outgoing: {url: 'http://127.0.0.1:%[4]d/accounts/%[1]s/ilp', token: token-from-%[1]s-to-%[2]s}
      async: {callbackHosts: [127.0.0.1]}
%[6]s`, own, other, ports[own], ports[other], filepath.Join(t.TempDir(), own), accounts)
	}
	far, _ := start(t, node("far", "near", `
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 2}
`), links(map[string]*testLink{"bob": newTestLink(ilptest.Fulfilling())}))
	near, _ := start(t, node("near", "far", ""))
	awaitReady(t, far)
	awaitReady(t, near)
	awaitFulfilled(t, near, "test.far.bob")
	sent := connector.Counters(near, "far").Outgoing.Of(account.Fulfilled)
	owed, owes := postedOf(far, "near"), postedOf(near, "far")
	if owed == "0" || owes != "-"+owed {
		t.Errorf("far has %s of near, and near %s of far", owed, owes)
	}
	awaitNo(t, func() int { return connector.Records(far, "answers/") })
	if n := connector.Records(near, "counted/near/"); n != 0 {
		t.Errorf("%d records under the wrong account", n)
	}
	if n := connector.Records(near, "counted/far/"); n != int(sent) {
		t.Errorf("%d records of %d Fulfills", n, sent)
	}
	if n := connector.Counters(near, "far").Late.Of(account.Fulfilled); n != 0 {
		t.Errorf("%d are late", n)
	}
}

// awaitNo waits until a count is 0.
func awaitNo(t *testing.T, count func() int) {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for end := time.Now().Add(30 * time.Second); count() != 0; <-ticker.C {
		if time.Now().After(end) {
			t.Fatalf("it is %d", count())
		}
	}
}

// A Fulfill that the peer has not counted is taken back, with a trace, and no more of them than the
// maximum of the balance in a day.
func TestFulfillsThatThePeerHasNotCountedAreTakenBack(t *testing.T) {
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	t.Cleanup(refusing.Close)
	port := freePort(t)
	c, _ := start(t, fmt.Sprintf(`
ilpAddress: test.far
backend: one-to-one
store: bolt
storePath: %s
listen: {host: 127.0.0.1, port: %d}
accounts:
  near:
    relation: peer
    plugin: ilp-http
    assetCode: USD
    assetScale: 2
    balance: {maximum: '20'}
    options:
      incoming: {tokens: [token-from-near-to-far]}
      outgoing: {url: '%s', token: token-from-far-to-near}
      async: {callbackHosts: [127.0.0.1], callbackUrl: 'http://127.0.0.1/'}
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 2}
`, filepath.Join(t.TempDir(), "store"), port, refusing.URL), links(map[string]*testLink{"bob": newTestLink(ilptest.Fulfilling())}))
	awaitReady(t, c)
	send := func(amount uint64) {
		t.Helper()
		prepare := ilptest.Prepare("test.far.bob", amount, ilptest.Data(fmt.Append(nil, amount)))
		r, _ := http.NewRequest(http.MethodPost, fmt.Sprintf("http://127.0.0.1:%d/accounts/near/ilp", port), bytes.NewReader(prepare.Bytes()))
		r.Header.Set("Authorization", "Bearer token-from-near-to-far")
		r.Header.Set("Request-Id", uuid.New().String())
		r.Header.Set("Callback-Url", refusing.URL+"/reply")
		answer, err := http.DefaultClient.Do(r)
		if err != nil || answer.StatusCode != http.StatusAccepted {
			t.Fatal(answer, err)
		}
		_ = answer.Body.Close()
	}
	send(15)
	awaitAlert(t, c, "near", "has not counted a Fulfill of 15")
	if got := postedOf(c, "near"); got != "0" {
		t.Errorf("the balance is %s", got)
	}
	log, err := c.Audit()
	if err != nil {
		t.Fatal(err)
	}
	all, err := log.Latest(1, "near")
	if err != nil || len(all) != 1 || all[0].What != audit.TakeBackFulfill || all[0].Details[audit.AmountDiff] != "-15" || all[0].Outcome != audit.Done {
		t.Errorf("the audit log has %+v, %v", all, err)
	}
	send(6) // 15 and 6 are more than 20
	awaitAlert(t, c, "near", "15 of today was taken back, and the maximum of the balance is 20")
	if got := postedOf(c, "near"); got != "6" {
		t.Errorf("the balance is %s", got)
	}
	http.DefaultClient.CloseIdleConnections()
}

// After a crash of the peer, many Fulfills are taken back at once. None of them has to wait for a further callback.
func TestManyFulfillsAreTakenBackAtOnce(t *testing.T) {
	const count, amount, entries = 130, 7, 100
	c, _ := start(t, fmt.Sprintf(`
ilpAddress: test.far
backend: one-to-one
store: bolt
storePath: %s
accounts:
  near: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: Infinity, minimum: -Infinity}}
`, filepath.Join(t.TempDir(), "store")), links(map[string]*testLink{"near": newTestLink(ilptest.Fulfilling())}))
	awaitReady(t, c)
	results := make(chan error, count)
	for range count {
		go func() { results <- connector.TakeBack(c, "near", amount, uuid.New().String()) }()
	}
	for range count {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if got, want := postedOf(c, "near"), fmt.Sprint(-count*amount); got != want {
		t.Errorf("the balance is %s, want %s", got, want)
	}
	log, err := c.Audit()
	if err != nil {
		t.Fatal(err)
	}
	if all, err := log.Latest(1000, "near"); err != nil || len(all) != entries { // the peer chooses how many it does not count
		t.Errorf("the audit log has %d entries, want %d: %v", len(all), entries, err)
	}
	awaitAlert(t, c, "near", fmt.Sprintf("%d of today", count*amount))
}
