package test

import (
	"strings"
	"testing"
)

// TestCloseCode has the npm plugin close its WebSocket with a code and a reason, whichever side has dialed. Our log and
// the admin API say which.
func TestCloseCode(t *testing.T) {
	t.Parallel()
	const said = `peer closed the connection with code 4321: "see you \x1b[31m later"`
	for _, role := range []string{"connector listens", "connector dials"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			peers := startPeers(t)
			one, _, connector := streamEnds(t, ours, peers, role == "connector dials")
			peers.ask(t, "closeSocket", one.name, map[string]any{"code": 4321, "reason": "see you \x1b[31m later"}, nil)
			connector.awaitLine(t, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(said))
			if role == "connector dials" {
				return // and has dialed again
			}
			poll(t, "the account says so", connector.exited, func() bool {
				var shown struct {
					Accounts map[string]struct{ State, LastError string }
				}
				connector.Admin.get(t, "/accounts", &shown)
				sender := shown.Accounts["sender"]
				return sender.State == "connecting" && sender.LastError == said
			})
		})
	}
}
