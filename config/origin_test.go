package config_test

import (
	"testing"

	"github.com/ilp-go/connector/config"
)

// Origins are compared whole: an operator who allows one must not allow others by it.
func TestOriginsAreComparedWhole(t *testing.T) {
	allowed, err := config.ParseOrigins([]string{"https://wallet.example", "https://*.apps.example", "http://localhost:*"})
	if err != nil {
		t.Fatal(err)
	}
	for origin, want := range map[string]bool{
		"https://wallet.example": true, "https://WALLET.example": true, "http://wallet.example": false,
		"https://wallet.example.evil.com": false, "https://evil.com/https://wallet.example": false, "https://walletxexample": false,
		"https://a.apps.example": true, "https://apps.example": false, "https://a.b.apps.example": false, "https://a.apps.example:8443": false,
		"http://localhost:3000": true, "http://localhost": true, "http://localhost.evil.com": false, "http://localhost:x": false,
		"null": false, "": false,
	} {
		if got := allowed.Allows(origin); got != want {
			t.Errorf("%q: %v", origin, got)
		}
	}
	for _, bad := range []string{"", "wallet.example", "https://", "https://wallet.example/", "https://w*.example", "^https://x$", "ftp://x", "https://*", "*."} {
		if _, err := config.ParseOrigins([]string{bad}); err == nil {
			t.Errorf("%q is an origin", bad)
		}
	}
	if any, err := config.ParseOrigins([]string{"*"}); err != nil || !any.Allows("https://whatever.example") {
		t.Errorf("* lets not all in: %v", err)
	}
}
