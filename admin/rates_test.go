package admin_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/rate"
)

func TestRatesAreComputedForAssetsNotForAccounts(t *testing.T) {
	const accounts = 300
	n := newNode(t)
	n.Registry = account.NewRegistry()
	for i := range accounts {
		a := account.New(fmt.Sprint("account-", i), account.Settings{AssetCode: []string{"USD", "EUR"}[i%2], AssetScale: uint8(i % 3)})
		if err := n.Registry.Add(a); err != nil {
			t.Fatal(err)
		}
	}
	asked := 0
	quote := func(from, to string) (*big.Rat, error) {
		asked++
		if from == to {
			return big.NewRat(1, 1), nil
		}
		return big.NewRat(5, 4), nil
	}
	n.RateTable = rate.NewTable(time.Now(), quote, rate.Spread{})
	w := answer(newAPI(t, n, loopback()), call(http.MethodGet, "/rates", ""))

	var rates map[string]map[string]json.Number
	if err := json.Unmarshal(w.Body.Bytes(), &rates); err != nil {
		t.Fatal(err)
	}
	if len(rates) != accounts || len(rates["account-7"]) != accounts-1 {
		t.Fatalf("%d rows, %d rates in one", len(rates), len(rates["account-7"]))
	}
	if asked > 6*6 {
		t.Errorf("the table was asked %d times for %d pairs of assets", asked, 6*6)
	}
	for to, want := range map[string]json.Number{
		"account-1":   "1",    // of account-7: EUR, scale 1
		"account-8":   "12.5", // USD, scale 2
		"account-299": "10",   // EUR, scale 2
	} {
		if got := rates["account-7"][to]; got != want {
			t.Errorf("the rate to %s is %s, want %s", to, got, want)
		}
	}
}
