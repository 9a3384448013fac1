package test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNpmClientIsRotated rotates the secret of a client that is the npm plugin. Until the overlap ends, it may come
// with either token, also after a kill. From then on it may come with the new one alone.
func TestNpmClientIsRotated(t *testing.T) {
	t.Parallel()
	k := newShopKeeper(t, t.TempDir())
	k.start(t)
	peers := startPeers(t)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("n3w-s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	clients := 0
	comes := func(token string) *Peer {
		clients++
		return peers.dial(t, fmt.Sprint(clients), fmt.Sprintf("btp+ws://:%s@127.0.0.1:%d", token, k.port))
	}
	asks := func(p *Peer) {
		t.Helper()
		p.connected(t)
		if address, asset, scale := p.ildcp(t); address != "test.hub.payer" || asset != "USD" || scale != 2 {
			t.Errorf("the client is told to be %s with %s at scale %d", address, asset, scale)
		}
	}
	leaves := func(p *Peer) { peers.ask(t, "close", p.name, nil, nil) }
	rotate := func(want string, args ...string) {
		t.Helper()
		if out, status := k.command(t, append([]string{"accounts", "rotate", "payer"}, args...)...); status != 0 || !strings.Contains(out, want) {
			t.Fatalf("rotate %q ends with %d: %s", args, status, out)
		}
	}

	first := comes("s3cret")
	asks(first)
	rotate("account payer has a new secret of its listener, and the old one is good until ", "--secret-file", secret, "--overlap", "24h")
	asks(first) // over the same connection
	leaves(first)
	for range 2 {
		for _, token := range []string{"n3w-s3cret", "s3cret"} {
			p := comes(token)
			asks(p)
			leaves(p)
		}
		k.Kill()
		k.start(t)
	}

	last := comes("s3cret")
	asks(last)
	rotate("account payer has no old secret any more", "--end-overlap")
	k.awaitLine(t, "the token of the account has changed")
	k.awaitLine(t, "login refused") // it comes again by itself, with the old token
	leaves(last)
	p := comes("n3w-s3cret")
	asks(p)
	if out := k.output.String(); strings.Contains(out, "s3cret") {
		t.Errorf("the log has a secret:\n%s", out)
	}
}
