package test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// cli runs our program with arguments, and returns what it prints.
func cli(t *testing.T, args ...string) string {
	t.Helper()
	var problems strings.Builder
	cmd := exec.Command(mustBinary(t), args...)
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, problems.String())
	}
	return string(out)
}

// TestReferencePeersByTheEntryOfAnInvitation invites the reference, which starts with exactly the entry that the
// command exports, and pays both ways.
func TestReferencePeersByTheEntryOfAnInvitation(t *testing.T) {
	t.Parallel()
	const each, packets, total = "1000", 20, "20000"
	limits := map[string]string{"minimum": "-1000000", "maximum": "1000000"}
	alice := startConnector(t, ours, config{
		address: "test.alice", accounts: []account{child("left", 9).with("balance", limits)},
		env: map[string]string{"STORE_PATH": t.TempDir(), "ROUTE_BROADCAST_INTERVAL": "1000"},
	})
	text := filepath.Join(t.TempDir(), "invitation")
	said := cli(t, "peer", "invite", "bob", "--url", alice.Admin.url, "--endpoint", fmt.Sprintf("btp+ws://127.0.0.1:%d", freePort(t)), "--allow-loopback",
		"--balance-maximum", "1000000", "--balance-minimum", "-500000")
	if err := os.WriteFile(text, []byte(said), 0o600); err != nil {
		t.Fatal(err)
	}
	var entry map[string]json.RawMessage
	if err := json.Unmarshal([]byte(cli(t, "peer", "export", text, "--id", "alice")), &entry); err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	accounts := fmt.Sprintf(`{"alice":%s,"right":{"relation":"child","plugin":"ilp-plugin-btp","assetCode":"XRP","assetScale":9,
		"balance":{"maximum":"1000000","minimum":"-1000000"},"options":{"listener":{"port":%d,"secret":%q}}}}`, entry["alice"], port, secretOf("right"))
	bob := launchConnector(t, "the peer", reference, config{
		address: "test.bob", env: map[string]string{"ACCOUNTS": accounts, "ROUTE_BROADCAST_INTERVAL": "1000"},
	}, map[string]int{"right": port}, freePort(t))
	bob.awaitListening(t)
	peers := startPeers(t)
	left, right := peers.dial(t, "left", alice.URL("left")), peers.dial(t, "right", bob.URL("right"))
	left.connected(t)
	right.connected(t)
	bob.awaitConnected(t, "alice", "right")
	alice.awaitConnected(t, "bob", "left")
	for c, prefix := range map[*Connector]string{alice: "test.bob", bob: "test.alice"} {
		poll(t, "a route to "+prefix, c.exited, func() bool {
			var state routeState
			c.Admin.get(t, "/routing", &state)
			return state.knows(prefix)
		})
	}

	if done := left.pay(t, right.payee(t), each, packets); done.Sent != total || done.Delivered != total {
		t.Errorf("from ours to the reference: %+v", done)
	}
	if got := alice.Admin.balances(t)["bob"]; got != "-"+total {
		t.Errorf("the balance of bob is %s", got)
	}
	if got := bob.Admin.balances(t)["alice"]; got != total {
		t.Errorf("the reference has a balance of %s", got)
	}
	if done := right.pay(t, left.payee(t), each, packets); done.Sent != total || done.Delivered != total {
		t.Errorf("from the reference to ours: %+v", done)
	}
	if _, _, list := alice.Admin.exchange(t, http.MethodGet, "/invitations", ""); strings.Contains(list, "bob") {
		t.Errorf("the invitation is open still: %s", list)
	}
	if state := alice.Admin.balances(t)["bob"]; state != "0" {
		t.Errorf("at the end bob stands at %s", state)
	}
}
