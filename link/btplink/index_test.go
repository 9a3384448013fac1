package btplink

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/ilp/btp"
)

// sharing returns a link on a shared listener that does not run.
func sharing(secret string, old OldSecret) *Link {
	return New(Options{Listener: &Listener{Shared: true, Secret: secret, OldSecret: old}})
}

// finds fails the test if a login finds another link than want.
func (y *ByLogin) finds(t *testing.T, user, token string, want *Link) {
	t.Helper()
	if got, err := y.index.find(user, []byte(token)); got != want || err != nil {
		t.Errorf("%q with %q finds %p and %v, want %p", user, token, got, err, want)
	}
}

func TestByLoginFindsBySecretsThatAreGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := NewByLogin(Options{})
		alice, bob := sharing("a", OldSecret{}), sharing("b", OldSecret{})
		y.Put("alice", alice)
		y.Put("bob", bob)
		y.finds(t, "", "a", alice)
		y.finds(t, "anyone", "b", bob)
		y.finds(t, "alice", "b", alice) // which refuses it
		y.finds(t, "", "x", nil)
		y.finds(t, "", "", nil)

		alice.SetSecrets(Secrets{Secret: "a2", OldSecret: OldSecret{"a", time.Now().Add(time.Minute)}})
		defer alice.keys.stop()
		y.finds(t, "", "a2", alice)
		y.finds(t, "", "a", alice)
		time.Sleep(time.Minute)
		synctest.Wait()
		y.finds(t, "", "a", nil)
		y.finds(t, "", "a2", alice)

		y.Remove("alice", bob) // another link has taken its place
		y.finds(t, "alice", "", alice)
		y.Remove("alice", alice)
		y.finds(t, "alice", "a2", nil)
		alice.SetSecrets(Secrets{Secret: "a3"})
		y.finds(t, "", "a3", nil)
	})
}

// A link that takes the place of another one has its name, and its own secrets.
func TestByLoginForgetsTheLinkThatWasReplaced(t *testing.T) {
	y := NewByLogin(Options{})
	before, now := sharing("a", OldSecret{}), sharing("b", OldSecret{})
	y.Put("alice", before)
	y.Put("alice", now)
	before.SetSecrets(Secrets{Secret: "c"})
	y.finds(t, "", "a", nil)
	y.finds(t, "", "c", nil)
	y.finds(t, "", "b", now)
	y.finds(t, "alice", "", now)
}

// Two links with one secret are found by their names alone. The operator is told, and the peer is
// not.
func TestByLoginRefusesATokenOfTwoLinks(t *testing.T) {
	log := make(lines, 10)
	o := Options{}
	log.edit(&o)
	y := NewByLogin(o)
	alice, bob := sharing("same", OldSecret{}), sharing("same", OldSecret{})
	y.Put("alice", alice)
	y.Put("bob", bob)
	p, err := btp.Parse(btp.AppendAuth(nil, 1, "", "same"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := y.arrive(&p, "192.0.2.1:1"); err != wrongSecret {
		t.Errorf("refused with %v", err)
	}
	if line := <-log; !strings.Contains(line, "alice bob") || strings.Contains(line, "secret=") {
		t.Errorf("log %q", line)
	}
	y.finds(t, "bob", "same", bob)
	y.Remove("bob", bob)
	y.finds(t, "", "same", alice)
}
