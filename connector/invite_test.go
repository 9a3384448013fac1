package connector_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/link/btplink"
	"github.com/ilp-go/connector/peering"
	"github.com/ilp-go/connector/store"
)

// host is a connector that invites or accepts, on a disk of the test.
type host struct {
	t    *testing.T
	name string
	disk *disk
	port int // of its admin API
	log  *lockedBuffer
	*connector.Connector
	stop func()
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func startHost(t *testing.T, name string, d *disk) *host {
	t.Helper()
	h := &host{t: t, name: name, disk: d, port: freePort(t), log: new(lockedBuffer)}
	h.Connector, h.stop = start(t, fmt.Sprintf(`
ilpAddress: test.%s
backend: one-to-one
store: disk
adminApi: true
adminApiPort: %d
accounts: {}
`, name, h.port), d.option(), connector.WithLog(slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	awaitReady(t, h)
	return h
}

// copy returns the disk as a kill leaves it now.
func (d *disk) copy() *disk {
	next := newDisk()
	_ = d.Load("", func(key string, value []byte) error {
		next.set(key, string(value))
		return nil
	})
	return next
}

func (d *disk) set(key, value string) { _ = d.Apply(store.Batch{{Key: key, Value: []byte(value)}}) }

// text returns the value of a key, empty if there is none.
func (d *disk) text(key string) (value string) {
	_ = d.Load(key, func(_ string, v []byte) error {
		value = string(v)
		return nil
	})
	return value
}

// again is the connector after a kill -9 at a moment when the disk was d.
func (h *host) again(d *disk) *host {
	h.t.Helper()
	h.stop()
	return startHost(h.t, h.name, d)
}

func (h *host) want(status int, method, path, body string, words ...string) string {
	h.t.Helper()
	got, text := ask(h.t, h.port, method, path, body)
	if got != status {
		h.t.Errorf("%s %s is answered %d %s, want %d", method, path, got, text, status)
	}
	for _, word := range words {
		if !strings.Contains(text, word) {
			h.t.Errorf("%s %s is answered %s, which lacks %q", method, path, text, word)
		}
	}
	return text
}

var nine = uint8(9)

// invite makes an invitation for bob.
func (h *host) invite(edits ...func(*peering.Offer)) peering.Invitation {
	h.t.Helper()
	o := peering.Offer{
		ID: "bob", Endpoint: fmt.Sprintf("btp+ws://127.0.0.1:%d", freePort(h.t)), AllowLoopback: true, AssetCode: "XRP", AssetScale: &nine,
	}
	for _, edit := range edits {
		edit(&o)
	}
	i, id, err := h.Invite(o)
	if err != nil || id != o.ID {
		h.t.Fatal(id, err)
	}
	return i
}

// has reports whether there is an account.
func (h *host) has(id string) bool {
	_, there := h.Account(id)
	return there
}

var loopback = peering.Choices{AllowLoopback: true}

func (h *host) accept(i peering.Invitation) {
	h.t.Helper()
	if _, err := h.AcceptInvitation(i.Text(), loopback); err != nil {
		h.t.Fatal(err)
	}
}

func TestInvitationBecomesAnAccountOnBothSides(t *testing.T) {
	alice, bob := startHost(t, "alice", newDisk()), startHost(t, "bob", newDisk())
	i := alice.invite()
	alice.want(http.StatusOK, "GET", "/invitations", "", `{"account":"bob","relation":"peer","assetCode":"XRP","assetScale":9,"expires":`)
	alice.want(http.StatusOK, "GET", "/accounts", "", `"state":"invited"`)
	bob.accept(i)
	awaitConnected(t, alice.Connector, "bob")
	awaitConnected(t, bob.Connector, "alice")
	alice.want(http.StatusOK, "GET", "/invitations", "", `{"invitations":[]}`)
	alice.want(http.StatusConflict, "DELETE", "/invitations/bob", "", "was accepted", "accounts remove bob")
	alice.want(http.StatusOK, "GET", "/audit", "", `"what":"invitation accepted","accountId":"bob"`, `"what":"invite peer"`)
	bob.want(http.StatusOK, "GET", "/audit", "", `"what":"accept invitation","accountId":"alice"`, `"from":"test.alice"`)
	ping := func(a, b *host) {
		t.Helper()
		await(t, "a packet to arrive", func() bool {
			status, _ := ask(t, a.port, "POST", "/ping", fmt.Sprintf(`{"destination":"test.%s"}`, b.name))
			return status == http.StatusOK
		})
	}
	ping(alice, bob)
	ping(bob, alice)

	// Both last over a kill, and the invitation stays bound.
	alice, bob = alice.again(alice.disk.copy()), bob.again(bob.disk.copy())
	awaitConnected(t, bob.Connector, "alice")
	carl := startHost(t, "carl", newDisk())
	carl.accept(i)
	carl.awaitRefusal("alice", "used already, by another connector")
	if !strings.Contains(alice.log.String(), "used already, by another connector") {
		t.Error("the log of the side that invites says nothing of the refusal")
	}
	bob.want(http.StatusConflict, "POST", "/invitations/accept", fmt.Sprintf(`{"text":%q,"allowLoopback":true,"id":"second"}`, i.Text()), "accepted already, by account alice")
	for _, h := range []*host{alice, bob, carl} {
		for what, text := range map[string]string{"log": h.log.String(), "audit": h.want(http.StatusOK, "GET", "/audit", ""), "accounts": h.want(http.StatusOK, "GET", "/accounts", "")} {
			if strings.Contains(text, i.Token) {
				t.Errorf("the %s of %s shows the token", what, h.name)
			}
		}
	}
}

// awaitRefusal waits until the server that an account dials refuses it.
func (h *host) awaitRefusal(id, why string) {
	h.t.Helper()
	await(h.t, "a refusal", func() bool {
		_, text := ask(h.t, h.port, "GET", "/accounts", "")
		return strings.Contains(text, "server refused us") && strings.Contains(text, why)
	})
	if a, _ := h.Account(id); a.Connected {
		h.t.Error("it is connected all the same")
	}
}

// A state of the disk is what a kill leaves. In each, the invitation is wholly there or not at all.
func TestInvitationSurvivesAKillAndExpiresWhileWeAreDown(t *testing.T) {
	alice := startHost(t, "alice", newDisk())
	before := alice.disk.copy()
	alice.invite(func(o *peering.Offer) { o.ExpiresIn = 3600 })
	after := alice.disk.copy()
	alice = alice.again(before)
	if alice.has("bob") {
		t.Error("an invitation is there that was not made")
	}
	alice = alice.again(after.copy())
	if !alice.has("bob") {
		t.Fatal("the invitation is gone")
	}
	alice.want(http.StatusOK, "PATCH", "/accounts/bob", `{"invitation":{"expires":"2026-01-01T00:00:00Z"}}`)
	await(t, "the account to go", func() bool { return !alice.has("bob") })
	alice.want(http.StatusOK, "GET", "/audit", "", `"what":"invitation expired","accountId":"bob"`)
	if alice = alice.again(alice.disk.copy()); alice.has("bob") {
		t.Error("an invitation that has expired is there again")
	}

	// One that expires while nobody looks.
	kept := after.text("config/account/bob")
	at := strings.Index(kept, `"expires":"`) + len(`"expires":"`)
	after.set("config/account/bob", kept[:at]+"2026-01-01T00:00:00Z"+kept[at+len("2026-01-01T00:00:00Z"):])
	if alice = alice.again(after); alice.has("bob") {
		t.Error("an invitation that expired meanwhile is there again")
	}
	if kept := alice.disk.text("config/account/bob"); kept != "" {
		t.Errorf("the store keeps %s", kept)
	}
}

// A login comes after the time, and before the account is gone.
func TestTokenIsVoidOnceItHasExpired(t *testing.T) {
	alice := startHost(t, "alice", newDisk())
	i := alice.invite()
	if err := connector.Admits(alice.Connector, "bob", btplink.Login{User: "x", Token: i.Token}, time.Now().Add(25*time.Hour)); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("it is let in: %v", err)
	}
	if alice.has("bob") && !strings.Contains(alice.want(http.StatusOK, "GET", "/invitations", ""), "bob") {
		t.Error("the refused login has accepted the invitation")
	}
}

func TestRevokedInvitationLetsNobodyIn(t *testing.T) {
	alice, bob := startHost(t, "alice", newDisk()), startHost(t, "bob", newDisk())
	i := alice.invite()
	alice.want(http.StatusOK, "DELETE", "/invitations/bob", "")
	alice.want(http.StatusNotFound, "DELETE", "/invitations/bob", "", "no invitation")
	alice.want(http.StatusOK, "GET", "/audit", "", `"what":"revoke invitation","accountId":"bob"`)
	bob.accept(i)
	await(t, "a failed attempt", func() bool {
		_, text := ask(t, bob.port, "GET", "/accounts", "")
		return strings.Contains(text, "connection refused")
	})
	if alice = alice.again(alice.disk.copy()); alice.has("bob") {
		t.Error("it is there again")
	}
}

// The side that invites may have another asset by now than the invitation says.
func TestOtherAssetIsRefusedAtTheLoginWithBothValues(t *testing.T) {
	alice, bob := startHost(t, "alice", newDisk()), startHost(t, "bob", newDisk())
	i := alice.invite()
	alice.want(http.StatusOK, "PATCH", "/accounts/bob", `{"assetScale":6}`)
	bob.accept(i)
	bob.awaitRefusal("alice", `the asset of this account is XRP with scale 6, and yours is \"XRP\" with scale 9`)
	alice.want(http.StatusOK, "GET", "/invitations", "", `"bob"`)
	if !strings.Contains(alice.log.String(), "scale 6, and yours is") {
		t.Error("the log of the side that invites does not say so")
	}
}

// Two logins at the same moment: one of them accepts.
func TestOneOfManyLoginsAccepts(t *testing.T) {
	alice := startHost(t, "alice", newDisk())
	i := alice.invite()
	const logins = 8
	done := make(chan error, logins)
	for n := range logins {
		go func() {
			for {
				err := connector.Admits(alice.Connector, "bob", btplink.Login{User: fmt.Sprint("name", n), Token: i.Token}, time.Now())
				if err == nil || !strings.Contains(err.Error(), "try again") {
					done <- err
					return
				}
			}
		}()
	}
	accepted := 0
	for range logins {
		if err := <-done; err == nil {
			accepted++
		} else if !strings.Contains(err.Error(), "used already") {
			t.Error(err)
		}
	}
	if accepted != 1 {
		t.Errorf("%d logins have accepted", accepted)
	}
}

// The end of the account and a login meet at the same moment. Neither waits for the other.
func TestLoginsAndRevocationDoNotWaitForEachOther(t *testing.T) {
	for range 10 {
		alice, bob := startHost(t, "alice", newDisk()), startHost(t, "bob", newDisk())
		i := alice.invite()
		bob.accept(i)
		err := alice.RevokeInvitation("bob")
		switch a, there := alice.Account("bob"); {
		case err == nil && there:
			t.Errorf("it is revoked and there: %+v", a)
		case err != nil && !strings.Contains(err.Error(), "was accepted") && !strings.Contains(err.Error(), "being removed or changed"):
			t.Error(err)
		}
		alice.stop()
		bob.stop()
	}
}

func TestInvitationsAreRefusedWithAReason(t *testing.T) {
	alice, bob := startHost(t, "alice", newDisk()), startHost(t, "bob", newDisk())
	offer := fmt.Sprintf(`{"id":"bob","endpoint":"btp+ws://127.0.0.1:%d","allowLoopback":true,"assetCode":"XRP","assetScale":9}`, freePort(t))
	alice.want(http.StatusBadRequest, "POST", "/invitations", `[]`, "not an object")
	alice.want(http.StatusBadRequest, "POST", "/invitations", `{"endpiont":"x"}`, "endpiont")
	alice.want(http.StatusBadRequest, "POST", "/invitations", `{"assetScale":300}`, "assetScale")
	alice.want(http.StatusBadRequest, "POST", "/invitations", `{"id":"bob"}`, "nobody is invited", "endpoint is not set")
	text := alice.want(http.StatusOK, "POST", "/invitations", offer, `"account":"bob"`, `"text":"ilp-peer:1:`)
	text = text[strings.Index(text, peering.Prefix):strings.LastIndex(text, `"`)]
	alice.want(http.StatusConflict, "POST", "/invitations", strings.Replace(offer, "XRP", "USD", 1), "already there")
	alice.want(http.StatusBadRequest, "POST", "/invitations", strings.Replace(offer, `"bob"`, `"carl"`, 1), "is the same port")
	alice.want(http.StatusNotFound, "DELETE", "/invitations/b%20b", "")

	accept := func(status int, more, text string, words ...string) {
		t.Helper()
		bob.want(status, "POST", "/invitations/accept"+more, fmt.Sprintf(`{"text":%q,"allowLoopback":true}`, text), words...)
	}
	accept(http.StatusBadRequest, "", "hello", "there is no invitation")
	accept(http.StatusBadRequest, "", text[:len(text)-2], "damaged")
	accept(http.StatusBadRequest, "", strings.Replace(text, ":1:", ":9:", 1), "version")
	accept(http.StatusBadRequest, "?dryRun=perhaps", text, "not true or false")
	bob.want(http.StatusBadRequest, "POST", "/invitations/accept", fmt.Sprintf(`{"text":%q}`, text), "--allow-loopback")
	bob.want(http.StatusBadRequest, "POST", "/invitations/accept", fmt.Sprintf(`{"text":%q,"allowLoopback":true,"assetCode":"USD","assetScale":6}`, text), "XRP with scale 9", "USD with scale 6")
	alice.want(http.StatusBadRequest, "POST", "/invitations/accept", fmt.Sprintf(`{"text":%q,"allowLoopback":true}`, text), "our own")
	accept(http.StatusOK, "?dryRun=true", text, `{"account":"alice","dryRun":true,"info":{"relation":"peer"`)
	if bob.has("alice") {
		t.Error("a dry run makes an account")
	}
	alice.want(http.StatusOK, "GET", "/invitations", "", `"bob"`)
}

// A stranger must not go on with the balance of a former account.
func TestInvitationTakesNoFormerBalance(t *testing.T) {
	d := newDisk()
	d.set("balances/bob", "5 9 XRP")
	alice := startHost(t, "alice", d)
	_, _, err := alice.Invite(peering.Offer{ID: "bob", Endpoint: "btp+ws://127.0.0.1:1", AllowLoopback: true, AssetCode: "XRP", AssetScale: &nine})
	if err == nil || !strings.Contains(err.Error(), "balance of 5") {
		t.Error(err)
	}
}

// Without a store a restart would forget the account, and the invitation would be spent.
func TestInvitationTakesAStore(t *testing.T) {
	c, _ := start(t, "ilpAddress: test.me\nbackend: one-to-one\nadminApi: false\naccounts: {}")
	awaitReady(t, c)
	_, _, err := c.Invite(peering.Offer{ID: "bob", Endpoint: "btp+ws://127.0.0.1:1", AllowLoopback: true, AssetCode: "XRP", AssetScale: &nine})
	if err == nil || !strings.Contains(err.Error(), "storePath") {
		t.Error(err)
	}
}
