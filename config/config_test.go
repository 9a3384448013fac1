package config

import (
	"encoding/hex"
	"testing"

	"github.com/ilp-go/connector/rate"
)

func TestBackendConfigOverridesSpread(t *testing.T) {
	for more, want := range map[string]string{
		"":             "0.002",
		"spread: 0.01": "0.010",
		"spread: 0.01\nbackendConfig: {spread: 0.0300}": "0.030",
		"spread: 0.01\nbackendConfig: {spread: '0.04'}": "0.040",
		"spread: 0.01\nbackendConfig: {other: 1}":       "0.010",
	} {
		c, _ := mustParse(t, one+more)
		spread, err := rate.Options{Spread: c.Spread, Config: c.BackendConfig}.EffectiveSpread()
		if got := spread.Part().FloatString(3); err != nil || got != want {
			t.Errorf("%q: %s, %v, want %s", more, got, err, want)
		}
	}
}

func TestStoreConfigOverridesStorePath(t *testing.T) {
	if c, _ := mustParse(t, one+"storePath: /a\nstoreConfig: {path: /b}"); c.StoreFile() != "/b" {
		t.Error(c.StoreFile())
	}
	if c, _ := mustParse(t, one+"storePath: /a"); c.StoreFile() != "/a" {
		t.Error(c.StoreFile())
	}
}

// The right column is Buffer.from(secret, "base64") of Node.js.
func TestRoutingSeedIsReadAsNodeReadsBase64(t *testing.T) {
	for secret, want := range map[string]string{
		"": "", "YWJj=ZGVm": "616263", "YWJj==": "616263", "YWJjZ": "616263", "YW Jj\nZGVm": "616263646566", "YWJj!ZGVm": "616263646566",
		"a-_b": "6befdb", "YQ=YQ": "61", "=YWJj": "", "abc secret phrase": "69b72c79cadeb6986b6ac7", "Y": "", "YW=Jj": "61",
	} {
		c := Config{RoutingSecret: secret}
		if got := hex.EncodeToString(c.RoutingSeed()); got != want {
			t.Errorf("%q: %s, want %s", secret, got, want)
		}
	}
}

func TestGlobalPrefixFollowsEnv(t *testing.T) {
	if c, _ := mustParse(t, "ilpAddress: g.me\nenv: production\naccounts: {}"); c.GlobalPrefix() != "g" {
		t.Error(c.GlobalPrefix())
	}
	if c, _ := mustParse(t, one); c.GlobalPrefix() != "test" {
		t.Error(c.GlobalPrefix())
	}
}
