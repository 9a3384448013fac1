package subject

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/disk"
)

// ClientsID is the id of the account whose clients are accounts.
const ClientsID = "mini"

// ClientAddress returns an address at a client.
func ClientAddress(i int) string { return Address + "." + ClientsID + "." + clientName(i) + ".wallet" }

func clientName(i int) string  { return fmt.Sprintf("c%05d", i) }
func clientToken(i int) string { return "token-of-" + clientName(i) }

// clientsAccount returns an account with a listener for many clients, each of which has limits that
// no load reaches.
func clientsAccount(port int) map[string]any {
	limits := map[string]any{"maximum": plenty, "minimum": "-" + plenty}
	return map[string]any{
		"relation":   "child",
		"plugin":     "ilp-plugin-mini-accounts",
		"assetCode":  "XRP",
		"assetScale": clientScale,
		"children":   map[string]any{"perChild": map[string]any{"balance": limits}},
		"options":    map[string]any{"port": port},
	}
}

// newAccount returns an account that is added over the admin API, and listens on a port.
func newAccount(port int) json.RawMessage {
	b, err := json.Marshal(account("child", receiverScale, port, "secret"))
	if err != nil {
		panic(err) // it is strings and numbers
	}
	return b
}

// LoopbackAccount returns an account without a port.
func LoopbackAccount() map[string]any {
	a := account("child", receiverScale, 0, "")
	a["plugin"] = "loopback"
	delete(a, "options")
	return a
}

// SharedAddress returns an address at a child on the shared listener.
func SharedAddress(i int) string { return Address + "." + sharedID(i) + ".wallet" }

func sharedID(i int) string { return fmt.Sprintf("k%05d", i) }

// sharedToken returns the secret of a child. Ours warns of shorter ones.
func sharedToken(id string) string { return "the-token-of-" + id }

// sharedAccount returns a child over BTP without a port of its own.
func sharedAccount(id string) map[string]any {
	a := account("child", clientScale, 0, "")
	a["options"] = map[string]any{"listener": map[string]any{"secret": sharedToken(id)}}
	return a
}

const clientScale = 9

// storeIn returns the path of the store in the folder of a process.
func storeIn(dir string) string { return filepath.Join(dir, "store") }

// ClientBalance is the balance that FillStore gives each client.
const ClientBalance = 5

// FillStore makes a store in the folder of a process, which knows n clients that have balances.
func FillStore(dir string, n int) error {
	s, err := disk.Open(storeIn(dir), disk.Options{Version: "bench", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	const atOnce = 5_000
	var batch store.Batch
	for i := range n {
		hash := sha256.Sum256([]byte(clientToken(i)))
		batch = append(batch,
			store.Change{Key: "plugins/" + ClientsID + "/token/" + clientName(i), Value: []byte(base64.RawURLEncoding.EncodeToString(hash[:]))},
			store.Change{Key: "balances/" + ClientsID + "." + clientName(i), Value: fmt.Appendf(nil, "%d %d XRP", ClientBalance, clientScale)})
		if len(batch) >= atOnce || i == n-1 {
			if err := s.Apply(batch); err != nil {
				return err
			}
			batch = nil
		}
	}
	return s.Close()
}
