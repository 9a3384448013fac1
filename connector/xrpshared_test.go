package connector

import (
	"testing"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// Accounts with one address share its wallet and its connection, and so all that those depend on.
func TestSharedWalletIsForOneNetworkAndSecret(t *testing.T) {
	key, other := xrpl.Ed25519Key([32]byte{1}), xrpl.Ed25519Key([32]byte{2})
	servers := []string{"wss://one.example"}
	w := &sharedWallet{servers: servers, network: 0, signer: key.Public(), users: []string{"alice"}}
	for name, c := range map[string]struct {
		servers []string
		network int64
		key     xrpl.Key
		fits    bool
	}{
		"the same":        {servers, 0, key, true},
		"another network": {servers, 1, key, false},
		"any network":     {servers, -1, key, false},
		"another server":  {[]string{"wss://two.example"}, 0, key, false},
		"another secret":  {servers, 0, other, false},
	} {
		err := w.check(config.Account{ID: "bob"}, config.XRPOptions{Servers: c.servers, NetworkID: c.network}, c.key, key.Public().Account())
		if (err == nil) != c.fits {
			t.Errorf("%s: %v", name, err)
		}
	}
}
