package connector_test

import (
	"strings"
	"testing"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
)

// TestWhatIsNotDoneYetIsRefused holds for settings that nothing obeys.
func TestWhatIsNotDoneYetIsRefused(t *testing.T) {
	for setting, yaml := range map[string]string{
		"settlementEngine":    `settlementEngine: {url: "http://localhost:3000", scale: 6}`,
		"balance.settleEvery": `balance: {maximum: "1", settleEvery: 60000}`,
	} {
		text := "ilpAddress: test.us\naccounts:\n  a: {relation: child, plugin: loopback, assetCode: USD, assetScale: 2, " + yaml + "}\n"
		cfg, _, err := config.Parse("test.yaml", []byte(text), nil, connector.Known())
		if err != nil {
			t.Fatal(err)
		}
		if err := connector.Check(cfg); err == nil || !strings.Contains(err.Error(), "account a: "+setting) {
			t.Errorf("%s: %v", setting, err)
		}
	}
}
