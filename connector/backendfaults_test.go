package connector_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
)

// All that is wrong with backendConfig is found at once, each fault by its path, also in the backends of
// combined. The start says the same. The fault of spread, which package config has found, hides none.
func TestAllFaultsOfABackendAreFoundAtOnce(t *testing.T) {
	for text, want := range map[string][]string{
		"backend: ecb\nbackendConfig: {ratesApiUrl: 5, maxAge: x, maxJump: -1, interval: 1, timeout: y, spread: z, mockData: {base: 7, rates: {USD: a, JPY: -1}}}": {
			"backendConfig.mockData.rates.JPY", "backendConfig.mockData.rates.USD", "backendConfig.mockData.base", "backendConfig.ratesApiUrl",
			"backendConfig.maxAge", "backendConfig.maxJump", "backendConfig.interval", "backendConfig.timeout",
		},
		"backend: ecb-plus-xrp\nbackendConfig: {ratesApiUrl: x, xrpMaxAge: x, timeout: 1, xrpSources: [kraken, kraken, mtgox, {source: bitstamp, url: x}]}": {
			"backendConfig.xrpMaxAge", "backendConfig.timeout", "backendConfig.xrpSources[1]", "backendConfig.xrpSources[2]", "backendConfig.xrpSources[3].url", "backendConfig.ratesApiUrl",
		},
		"backend: ecb-plus-coinmarketcap\nbackendConfig: {ratesApiUrl: x, coinmarketcapUrl: x, coinmarketcapMaxAge: x, ids: {BTC: -1, ETH: x}, currencies: BTC}": {
			"backendConfig.apiKey", "backendConfig.coinmarketcapUrl", "backendConfig.coinmarketcapMaxAge", "backendConfig.ids.BTC", "backendConfig.ids.ETH", "backendConfig.currencies", "backendConfig.ratesApiUrl",
		},
		"backend: http\nbackendConfig: {headers: {'a b': x, X: {env: NONE, file: x}, Y: 5}, base: 7, inverse: 5, pointers: {at: 5, where: /x, price: x}, maxAge: -1}": {
			"backendConfig.url", "backendConfig.headers.X", "backendConfig.headers.Y", "backendConfig.headers", "backendConfig.inverse", "backendConfig.pointers.at",
			"backendConfig.pointers.price", "backendConfig.pointers.where", "backendConfig.base", "backendConfig.maxAge",
		},
		"backend: static\nbackendConfig: {prices: {EUR: 0, USD: x}, maxAge: x}": {
			"backendConfig.base", "backendConfig.maxAge", "backendConfig.prices.EUR", "backendConfig.prices.USD",
		},
		"backend: randomizer\nbackendConfig: {variation: x, spread: y}": {"backendConfig.variation"},
		`
backend: combined
backendConfig:
  mode: mean
  maxAge: 5
  backends:
    - {backend: ecb, ratesApiUrl: x, interval: 1}
    - fixer
    - {backend: combined, mode: worst, backends: [{backend: http, timeout: 1}, {backend: static, prices: {EUR: 0}}, {}]}
    - {backend: static, base: USD, spread: 0.1, maxJump: 1}
`: {
			"backendConfig.maxAge", "backendConfig.mode", "backendConfig.backends[0].interval", "backendConfig.backends[0].ratesApiUrl", "backendConfig.backends[1].backend",
			"backendConfig.backends[2].mode", "backendConfig.backends[2].backends[0].timeout", "backendConfig.backends[2].backends[0].url",
			"backendConfig.backends[2].backends[1].base", "backendConfig.backends[2].backends[1].prices.EUR", "backendConfig.backends[2].backends[2].backend",
			"backendConfig.backends[3].spread", "backendConfig.backends[3].maxJump",
		},
	} {
		text = "ilpAddress: test.us\naccounts: {}\n" + text
		_, faults := drafted(t, text)
		slices.Sort(want)
		if got := paths(faults); !slices.Equal(got, want) {
			t.Errorf("%s\nhas faults in\n%q\nwant\n%q\n%v", text, got, want, faults)
		}
		for _, f := range faults {
			if f.Problem == "" || f.Hint == "" {
				t.Errorf("the fault says too little: %s", f)
			}
		}
		cfg, _, err := config.Parse("test.yaml", []byte(text), nil, connector.Known())
		if err != nil { // it is found before the backend is made
			continue
		}
		_, err = connector.New(cfg)
		if faults = nil; !errors.As(err, &faults) || !slices.Equal(paths(faults), want) {
			t.Errorf("%s\nstarts with %v", text, err)
		}
	}
}

func paths(faults config.Faults) (all []string) {
	for _, f := range faults {
		all = append(all, f.Path)
	}
	slices.Sort(all)
	return all
}
