package config

import (
	"math"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
)

func TestRelationDecidesAboutRoutes(t *testing.T) {
	yes, no := true, false
	for _, test := range []struct {
		relation     account.Relation
		flag         *bool
		sends, takes bool
	}{
		{account.Parent, nil, true, true}, {account.Peer, nil, true, true}, {account.Child, nil, false, false},
		{account.Child, &yes, true, true}, {account.Parent, &no, false, false},
	} {
		a := Account{Relation: test.relation, SendRoutes: test.flag, ReceiveRoutes: test.flag}
		if a.SendsRoutes() != test.sends || a.ReceivesRoutes() != test.takes {
			t.Errorf("%s: sends %v, receives %v", test.relation, a.SendsRoutes(), a.ReceivesRoutes())
		}
	}
}

func TestDefaultsOfAnAccount(t *testing.T) {
	c, _ := mustParse(t, one)
	a := c.Accounts[0]
	if want := (RateLimit{RefillPeriod: 60000, RefillCount: 10000}); a.RateLimit != want || a.RateLimit.Burst() != 10000 {
		t.Errorf("rate limit %v", a.RateLimit)
	}
	if want := (Throughput{RefillPeriod: 1000}); a.Throughput != want {
		t.Errorf("throughput %v", a.Throughput)
	}
	if want := (Deduplicate{CleanupInterval: 30000, PacketLifetime: 30000}); a.Deduplicate != want {
		t.Errorf("deduplicate %v", a.Deduplicate)
	}
	if want := (Balance{Minimum: "-Infinity", Maximum: "100", SettleTo: "0"}); *a.Balance != want {
		t.Errorf("balance %v", *a.Balance)
	}
	if a.Segment() != "bob" {
		t.Errorf("segment %s", a.Segment())
	}
}

// A block that gives one key keeps the defaults of the others; in the reference
// a partial deduplicate block has none.
func TestPartialBlockKeepsTheOtherDefaults(t *testing.T) {
	c, _ := mustParse(t, bob("peer", `deduplicate: {packetLifetime: 5}, rateLimit: {capacity: 7}, balance: {maximum: "1"}`))
	a := c.Accounts[0]
	if a.Deduplicate.CleanupInterval != 30000 || a.Deduplicate.PacketLifetime != 5 || a.RateLimit.RefillCount != 10000 || a.RateLimit.Burst() != 7 {
		t.Errorf("got %v %v", a.Deduplicate, a.RateLimit)
	}
}

func TestMillisecondsNeverOverflow(t *testing.T) {
	for m, want := range map[Milliseconds]time.Duration{
		0: 0, 1500: 1500 * time.Millisecond, 9007199254740991: math.MaxInt64, math.MaxInt64: math.MaxInt64,
	} {
		if got := m.Duration(); got != want {
			t.Errorf("%d ms is %v, want %v", m, got, want)
		}
	}
}

// The admin API shows an account as its operator knows it.
func TestWrittenIsWhatStoodInTheFileWithoutSecrets(t *testing.T) {
	const text = `{"relation":"peer","plugin":"p","balance":{"minimum":"-Infinity","maximum":"5"},` +
		`"options":{"token":"planted"},"assetScale":9,"assetCode":"USD"}`
	const want = `{"relation":"peer","plugin":"p","balance":{"minimum":"-Infinity","maximum":"5"},"assetScale":9,"assetCode":"USD"}`
	a, _, err := ParseAccount("bob", []byte(text), Known{})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(a.Written()); got != want {
		t.Errorf("ParseAccount keeps %s", got)
	}
	c, _, err := Parse("c.json", []byte(`{"ilpAddress":"test.x","accounts":{"bob":`+text+`}}`), nil, Known{})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(c.Accounts[0].Written()); got != want {
		t.Errorf("Parse keeps %s", got)
	}
	if c, _, err = c.Validate(Known{}); err != nil {
		t.Fatal(err)
	}
	if got := string(c.Accounts[0].Written()); got != want {
		t.Errorf("Validate keeps %s", got)
	}
}

// One account that sends packets which nobody answers must not keep others from the next account.
func TestOneAccountCannotFillTheFlightToAnother(t *testing.T) {
	c, _ := mustParse(t, "ilpAddress: test.me\naccounts: {a: {relation: peer, plugin: other-plugin, assetCode: USD, assetScale: 9}}")
	if f := c.Accounts[0].InFlight; f.OutgoingPackets < 2*f.IncomingPackets {
		t.Errorf("by default %d packets may come from an account, and %d go to another", f.IncomingPackets, f.OutgoingPackets)
	}
}
