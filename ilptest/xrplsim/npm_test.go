package xrplsim_test

import (
	"encoding/json"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilptest/freeport"
	"github.com/ilp-go/connector/ilptest/xrplsim"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// script runs a Node.js script in a folder, and reads the JSON that it prints.
func script(t *testing.T, folder string, answer any, arguments ...string) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal(err)
	}
	process := exec.CommandContext(t.Context(), node, arguments...)
	process.Dir = folder
	process.WaitDelay = time.Second
	text, err := process.Output()
	if err != nil {
		if failed, ok := err.(*exec.ExitError); ok {
			t.Logf("it says:\n%s", failed.Stderr)
		}
		t.Fatalf("%s in %s: %v (it needs `npm ci --ignore-scripts --no-audit --no-fund` there)", arguments[0], folder, err)
	}
	if err := json.Unmarshal(text, answer); err != nil {
		t.Fatalf("%s printed %q: %v", arguments[0], text, err)
	}
}

// seeded makes an account from the text of a secret.
func seeded(t *testing.T, l *xrplsim.Ledger, secret string, money xrpl.Drops) xrpl.AccountID {
	t.Helper()
	seed, err := xrpl.ParseSeed(secret)
	if err != nil {
		t.Fatal(err)
	}
	id := seed.Key().Public().Account()
	l.Fund(id, money)
	return id
}

// Secrets of accounts for tests only.
const (
	secretOne = "sahNtietWCRzmX7Z2Zy7Z3EsvFDjv"
	secretTwo = "sn259rEFXrQrWyx3Q7XneWcwV6dfL"
)

// Two instances of the plugin of the reference open channels, settle both ways, put more into a
// channel, and take their claims to the ledger when they disconnect.
func TestNpmPluginsSettle(t *testing.T) {
	l := start(t, xrplsim.Options{})
	alice, bob := seeded(t, l, secretOne, 100*xrp), seeded(t, l, secretTwo, 100*xrp)
	var said struct {
		Paid    []int
		Claimed []struct{ Channel, Amount, Balance string }
	}
	port, err := freeport.Take()
	if err != nil {
		t.Fatal(err)
	}
	script(t, "../../test/peers", &said, "paychan.js", l.URL(), strconv.Itoa(port), secretOne, secretTwo)
	if len(said.Paid) != 2 || said.Paid[0] != 200_000 || said.Paid[1] != 1_150_000 {
		t.Errorf("they were paid %v", said.Paid)
	}
	l.CloseLedger()
	for i, want := range []struct {
		owner           xrpl.AccountID
		amount, balance xrpl.Drops
		read            string
	}{{alice, 2 * xrp, 1_150_000, "1.15"}, {bob, 1 * xrp, 200_000, "0"}} {
		all := l.Channels(want.owner)
		if len(all) != 1 || all[0].Amount != want.amount || all[0].Balance != want.balance {
			t.Errorf("the channel of %d is %+v", i, all)
		}
		if said.Claimed[i].Channel != all[0].ID.String() || said.Claimed[i].Balance != want.read {
			t.Errorf("the plugin said %+v of it", said.Claimed[i])
		}
	}
	var types []string
	for _, tx := range l.Transactions() {
		if tx.Result != "tesSUCCESS" {
			t.Errorf("%v ended in %s", tx.Type, tx.Result)
		}
		types = append(types, tx.Type.String())
	}
	if len(types) != 5 {
		t.Errorf("the ledger has %v", types)
	}
}
