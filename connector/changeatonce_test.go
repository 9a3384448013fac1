package connector_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// Two operators change other settings of one account at once. Neither change undoes the other.
func TestChangesAtOnceAreBothMade(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	for n := range 10 {
		packet, maximum := fmt.Sprint(n+1), fmt.Sprint(n+1001)
		var both sync.WaitGroup
		both.Go(func() {
			c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"maxPacketAmount":"`+packet+`"}`)
		})
		both.Go(func() {
			c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"balance":{"maximum":"`+maximum+`"}}`)
		})
		both.Wait()
		_, text := ask(t, c.port, "GET", "/accounts", "")
		for _, word := range []string{`"maxPacketAmount":"` + packet + `"`, `"maximum":"` + maximum + `"`} {
			if !strings.Contains(text, word) {
				t.Fatalf("after two changes at once the accounts are %s, without %s", text, word)
			}
		}
	}
}
