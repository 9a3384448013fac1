package xrplsim_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ilp-go/connector/ilptest/xrplsim"
)

// npmXrpl returns the folder of packages that has npm xrpl. make test installs it.
func npmXrpl(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs("../../settle/xrp/xrpl/testdata/vectors/node_modules")
	if err == nil {
		_, err = os.Stat(filepath.Join(folder, "xrpl", "package.json"))
	}
	if err != nil {
		t.Fatalf("%v; run `npm ci` in settle/xrp/xrpl/testdata/vectors, as make test does", err)
	}
	return folder
}

// The client that the XRP Ledger's own developers publish takes a channel through its life.
func TestNpmXrplUsesAChannel(t *testing.T) {
	t.Setenv("NODE_PATH", npmXrpl(t))
	l := start(t, xrplsim.Options{CloseOnSubmit: true})
	owner, destination := seeded(t, l, secretOne, 100*xrp), seeded(t, l, secretTwo, 100*xrp)
	var said struct {
		Results                 []string
		Channel, Computed, Gone string
		Verified                bool
		Transactions            int
		Balance                 json.Number
		History                 []string
		Entry                   map[string]any
		Listed                  []map[string]any
	}
	script(t, "testdata", &said, "channel.js", l.URL(), secretOne, secretTwo)
	if !slices.Equal(said.Results, []string{"tesSUCCESS", "tesSUCCESS", "tesSUCCESS", "tesSUCCESS"}) {
		t.Errorf("the results are %v", said.Results)
	}
	if said.Channel == "" || said.Channel != said.Computed || !said.Verified || said.Gone != "entryNotFound" {
		t.Errorf("channel %s, computed %s, claim verified: %t, in the end %s", said.Channel, said.Computed, said.Verified, said.Gone)
	}
	if said.Entry["Amount"] != "1500000" || said.Entry["Balance"] != "700000" || said.Entry["Account"] != owner.String() {
		t.Errorf("the entry is %v", said.Entry)
	}
	if len(said.Listed) != 1 || said.Listed[0]["channel_id"] != said.Channel || said.Listed[0]["balance"] != "700000" {
		t.Errorf("listed are %v", said.Listed)
	}
	// 100 XRP and 1.2 from the channel, less the two fees of 12 drops.
	if l.Balance(destination) != 101_200_000-24 || said.Balance != "101.199976" {
		t.Errorf("the destination has %d drops, or %v XRP", l.Balance(destination), said.Balance)
	}
	if l.Balance(owner) != 98_800_000-24 || said.Transactions != 4 || len(said.History) != 4 {
		t.Errorf("the owner has %d; %d messages came; the history is %v", l.Balance(owner), said.Transactions, said.History)
	}
}
