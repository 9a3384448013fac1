package connector

import (
	"testing"

	"github.com/ilp-go/connector/config"
)

// Prices of another configuration are not used after a restart: the digest of it has all that says where
// prices are from, and what they mean.
func TestSourceOfRatesIsTheWholeConfigurationOfTheBackend(t *testing.T) {
	seen := make(map[string]string)
	for _, text := range []string{
		"backend: ecb", "backend: static\nbackendConfig: {base: EUR}", "backend: static\nbackendConfig: {base: USD}",
		"backend: http\nbackendConfig: {url: 'http://h/a'}", "backend: http\nbackendConfig: {url: 'http://h/b'}",
		"backend: http\nbackendConfig: {url: {env: A}}", "backend: http\nbackendConfig: {url: {env: B}}",
		"backend: http\nbackendConfig: {url: 'http://h/a', base: EUR}", "backend: http\nbackendConfig: {url: 'http://h/a', inverse: true}",
		"backend: http\nbackendConfig: {url: 'http://h/a', pointers: {base: /b}}", "backend: http\nbackendConfig: {url: 'http://h/a', headers: {X-Base: EUR}}",
		"backend: combined\nbackendConfig: {backends: [ecb, {backend: http, url: 'http://h/a'}]}",
		"backend: combined\nbackendConfig: {backends: [{backend: http, url: 'http://h/a'}, ecb]}",
		"backend: ecb\nbackendConfig: {mockData: {base: EUR, rates: {USD: 1}}}", "backend: ecb\nbackendConfig: {mockData: {base: USD, rates: {USD: 1}}}",
	} {
		cfg, _, err := config.Parse("test.yaml", []byte("ilpAddress: test.us\naccounts: {}\n"+text), nil, Known())
		if err != nil {
			t.Fatal(err)
		}
		c := new(Connector)
		c.conf.Store(cfg)
		digest := c.sourceOfRates()
		if other, there := seen[digest]; there {
			t.Errorf("the same digest is that of\n%s\nand of\n%s", text, other)
		}
		seen[digest] = text
		if again := c.sourceOfRates(); again != digest {
			t.Errorf("%s has two digests", text)
		}
	}
}
