package connector_test

import (
	"fmt"
	"testing"

	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/peering"
)

// An invitation leads to the shared listener, by the path of its account or by its token alone.
func TestInvitationToTheSharedListener(t *testing.T) {
	bob := startHost(t, "bob", newDisk())
	for name, endpoint := range map[string]string{"path": "", "token": "btp+ws://127.0.0.1:%d"} {
		t.Run(name, func(t *testing.T) {
			port := freePort(t)
			alice, _ := start(t, fmt.Sprintf(`
ilpAddress: test.alice
backend: one-to-one
store: disk
listen: {host: 127.0.0.1, port: %d, publicUrl: 'http://127.0.0.1:%[1]d'}
accounts: {}
`, port), newDisk().option())
			awaitReady(t, alice)
			if endpoint != "" {
				endpoint = fmt.Sprintf(endpoint, port)
			}
			i, text, err := alice.Invite(peering.Offer{ID: "bob", Endpoint: endpoint, AllowLoopback: true, AssetCode: "XRP", AssetScale: &nine})
			if err != nil {
				t.Fatal(err)
			}
			if want := fmt.Sprintf("btp+ws://127.0.0.1:%d/accounts/bob/ilp/btp", port); endpoint == "" && i.Endpoint != want {
				t.Errorf("the endpoint is %s, want %s", i.Endpoint, want)
			}
			choices := loopback
			choices.ID, choices.AssetCode, choices.AssetScale = "alice-"+name, "XRP", &nine
			if _, err := bob.AcceptInvitation(i.Text(), choices); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			awaitConnected(t, bob.Connector, choices.ID)
			awaitConnected(t, alice, "bob")
			if i := connector.Configured(alice, "bob").Invitation; i.Open() {
				t.Errorf("it is still open: %+v", i)
			}
		})
	}
}
