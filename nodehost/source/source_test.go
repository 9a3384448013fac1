package source_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/nodehost"
	"github.com/ilp-go/connector/nodehost/nodehosttest"
	"github.com/ilp-go/connector/nodehost/source"
	"github.com/ilp-go/connector/rate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	usd2 = rate.Asset{Code: "USD", Scale: 2}
	eur2 = rate.Asset{Code: "EUR", Scale: 2}
	xrp6 = rate.Asset{Code: "XRP", Scale: 6}
)

func start(t *testing.T, options string, accounts ...rate.AccountAsset) *source.Backend {
	t.Helper()
	host := nodehosttest.Run(t, nodehost.Options{})
	return source.New(source.Options{Host: host, Accounts: func() []rate.AccountAsset { return accounts }, Module: nodehost.Module{
		Kind: nodehost.Backend, Name: "test-backend", Path: nodehosttest.File(t, "..", "testdata", "backend.js"), Options: json.RawMessage(options),
	}})
}

func table(t *testing.T, b *source.Backend) *rate.Table {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	got, err := b.Rates(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// A module that throws for every pair, or says what is no rate, says so.
func TestModuleWithoutAnyRateSaysSo(t *testing.T) {
	accounts := []rate.AccountAsset{{ID: "a", Asset: usd2}, {ID: "b", Asset: eur2}}
	for options, want := range map[string]string{
		`{"rates":{}}`: "getRate of test-backend fails for every pair, such as a to b: unable to get rate. to=b",
		`{"rates":{"a a":"NaN","a b":"NaN","b a":"NaN","b b":"NaN"}}`: `getRate of test-backend fails for every pair, such as a to b: the backend says "NaN", which is no rate`,
		`{"rates":{"b a":1}}`: "<nil>",
	} {
		b := start(t, options, accounts...)
		table(t, b)
		if got := fmt.Sprint(b.None()); got != want {
			t.Errorf("%s: %s, want %s", options, got, want)
		}
	}
}

// Rates are what getRate says, to the last digit and with the spread that it has charged.
func TestRatesAreThoseOfTheModule(t *testing.T) {
	b := start(t, `{"rates": {"a a": 1, "a b": 0.1, "a c": "12345.678901234567890123", "b a": 1e-7, "b b": "0", "b c": "big", "c a": "NaN", "c b": -1, "c c": "coded"}}`,
		rate.AccountAsset{ID: "a", Asset: usd2}, rate.AccountAsset{ID: "b", Asset: eur2}, rate.AccountAsset{ID: "c", Asset: xrp6})
	got := table(t, b)
	for _, test := range []struct {
		from, to rate.Asset
		want     string
	}{
		{usd2, usd2, "1"}, {usd2, eur2, "0.1"}, {usd2, xrp6, "12345.678901234567890123"}, {eur2, usd2, "0.0000001"},
		{eur2, eur2, "0"}, {eur2, xrp6, "123456789012345678901234567890.5"},
	} {
		want, _ := new(big.Rat).SetString(test.want)
		r, err := got.Between(test.from, test.to)
		if err != nil || r.Rat().Cmp(want) != 0 {
			t.Errorf("%v to %v: %v (%v), want %s", test.from, test.to, r, err, test.want)
		}
	}
	for _, test := range []struct {
		from, to rate.Asset
		want     string
	}{
		{xrp6, usd2, `the backend says "NaN", which is no rate`}, {xrp6, eur2, `the backend says "-1", which is negative`}, {xrp6, xrp6, "later"},
		{rate.Asset{Code: "ABC"}, usd2, rate.ErrNoPrices.Error()},
	} {
		if _, err := got.Between(test.from, test.to); err == nil || err.Error() != test.want {
			t.Errorf("%v to %v: %v, want %s", test.from, test.to, err, test.want)
		}
	}
	_, err := got.Between(xrp6, xrp6)
	if coded, ok := errors.AsType[rate.Coded](err); !ok || coded.ILPCode() != ilp.Code('T'<<16|'9'<<8|'9') {
		t.Errorf("%v", err)
	}
}

// A pair whose rate never comes costs no other pair its rate.
func TestRateThatNeverComesStopsNoOther(t *testing.T) {
	b := start(t, `{"rates": {"a a": 1, "a b": "never", "b a": 3, "b b": 1}}`,
		rate.AccountAsset{ID: "a", Asset: usd2}, rate.AccountAsset{ID: "b", Asset: eur2})
	got := table(t, b)
	if r, err := got.Between(eur2, usd2); err != nil || r.Rat().Cmp(big.NewRat(3, 1)) != 0 {
		t.Errorf("%v %v", r, err)
	}
	_, err := got.Between(usd2, eur2)
	if coded, ok := errors.AsType[rate.Coded](err); !ok || coded.ILPCode() != ilp.T00 {
		t.Errorf("%v", err)
	}
}

// An account more must not become a rate that we lose by.
func TestLowestRateOfAnAssetCounts(t *testing.T) {
	b := start(t, `{"rates": {"a a": 1, "a b": 0.5, "a c": 0.4, "b a": 1, "c a": "x", "b b": 1, "b c": 1, "c b": 1, "c c": 1}}`,
		rate.AccountAsset{ID: "a", Asset: usd2}, rate.AccountAsset{ID: "b", Asset: eur2}, rate.AccountAsset{ID: "c", Asset: eur2})
	got := table(t, b)
	if r, err := got.Between(usd2, eur2); err != nil || r.Rat().Cmp(big.NewRat(2, 5)) != 0 {
		t.Errorf("%v %v", r, err)
	}
	if r, err := got.Between(eur2, usd2); err == nil {
		t.Errorf("%v", r)
	}
}

func TestManyAccountsAreAskedForTheirAssets(t *testing.T) {
	accounts := []rate.AccountAsset{{ID: "a", Asset: usd2}, {ID: "b", Asset: eur2}}
	for i := range 1000 {
		accounts = append(accounts, rate.AccountAsset{ID: fmt.Sprint("more", i), Asset: usd2})
	}
	b := start(t, `{"rates": {"a a": 1, "a b": 2, "b a": 3, "b b": 4}}`, accounts...)
	if r, err := table(t, b).Between(eur2, usd2); err != nil || r.Rat().Cmp(big.NewRat(3, 1)) != 0 {
		t.Errorf("%v %v", r, err)
	}
}

func TestBackendIsToldOfPayments(t *testing.T) {
	b := start(t, `{"rates": {"a a": "told"}}`, rate.AccountAsset{ID: "a", Asset: usd2})
	table(t, b)
	b.Observe(t.Context(), []rate.Forwarded{{From: "a", To: "b", Incoming: 1}, {From: "a", To: "b", Incoming: 2}})
	if r, err := table(t, b).Between(usd2, usd2); err != nil || r.Rat().Cmp(big.NewRat(2, 1)) != 0 {
		t.Errorf("%v %v", r, err)
	}
}

// The packet is taken apart by the host, as ilp-packet does for backends of the reference.
func TestBackendIsToldOfPackets(t *testing.T) {
	b := start(t, `{"rates": {"a a": "packet"}}`, rate.AccountAsset{ID: "a", Asset: usd2})
	table(t, b)
	if !b.WantsPackets() {
		t.Fatal("submitPacket is not seen")
	}
	packet := ilptest.Prepare("test.b.x", 1234567890123456789, ilptest.Data(make([]byte, 300)), ilptest.ExpiresAt(1700000000123))
	reply := ilptest.Fulfill()
	b.SubmitPacket(source.Packet{From: "a", To: "b", Incoming: 3, Outgoing: 4, Packet: packet.Bytes(), Result: reply.Bytes()})
	want, _ := new(big.Rat).SetString("134.123456789012345678913")
	if r, err := table(t, b).Between(usd2, usd2); err != nil || r.Rat().Cmp(want) != 0 {
		t.Errorf("%v %v", r, err)
	}
}

// The reference ends if connect() rejects, and is started again by whatever runs it.
func TestBackendConnectsAgainWhenItIsAskedAgain(t *testing.T) {
	b := start(t, `{"throws": "once", "rates": {"a a": 2}}`, rate.AccountAsset{ID: "a", Asset: usd2})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, err := b.Rates(ctx); err == nil || err.Error() != "connect: Error: not yet" {
		t.Fatal(err)
	}
	if r, err := table(t, b).Between(usd2, usd2); err != nil || r.Rat().Cmp(big.NewRat(2, 1)) != 0 {
		t.Errorf("%v %v", r, err)
	}
}

func TestBackendThatCannotConnectSaysWhy(t *testing.T) {
	for throws, want := range map[string]string{"connect": "connect: Error: nobody is there", "never": "connect() of the module has not resolved yet"} {
		b := start(t, `{"throws": "`+throws+`"}`)
		var err error
		ticker := time.NewTicker(10 * time.Millisecond)
		defer ticker.Stop()
		for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); <-ticker.C {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			_, err = b.Rates(ctx)
			cancel()
			if err != nil && strings.Contains(err.Error(), want) {
				break
			}
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
