package cli

import (
	"slices"
	"testing"
)

// An operator may try the demo in the shell of a running connector.
func TestDemoSeesNothingOfTheOperatorsConnector(t *testing.T) {
	got := demoEnviron([]string{
		"HOME=/x", "CONNECTOR_ACCOUNTS={}", "CONNECTOR_ILP_ADDRESS=g.real", "CONNECTOR_ADMIN_API=false",
		"CONNECTOR_ADMIN_API_PORT=7790", "CONNECTOR_STORE_PATH=/x",
	})
	if want := []string{"CONNECTOR_ADMIN_API_PORT=7790"}; !slices.Equal(got, want) {
		t.Errorf("the demo sees %q, want %q", got, want)
	}
}
