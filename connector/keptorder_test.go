package connector_test

import (
	"net/http"
	"strings"
	"testing"
)

// What operators have changed comes back in whichever order the accounts were changed: bob has
// the address that alice had.
func TestKeptChangesThatDependOnOneAnotherComeBack(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"ilpAddressSegment":"anna"}`)
	c.want(http.StatusOK, "PATCH", "/accounts/bob", `{"ilpAddressSegment":"alice"}`)
	c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"balance":{"maximum":"8"}}`)
	state := c.disk.states[len(c.disk.states)-1]
	c.stop()
	c = run(t, state, changeableAccounts)
	if got := maxima(c); got != "alice=8 bob=1000" {
		t.Fatalf("the accounts have %s", got)
	}
	c.wantSent("fulfilled", "alice", "test.us.alice", 5)
	c.wantSent("fulfilled", "bob", "test.us.anna", 5)
	if _, text := ask(t, c.port, "GET", "/alerts", ""); strings.Contains(text, "left out") {
		t.Errorf("the alerts are %s", text)
	}
}
