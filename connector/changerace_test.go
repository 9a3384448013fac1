package connector_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// Operators change different settings of one account at once: all of them hold, now and after a
// restart.
func TestChangesAtOnceLoseNone(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	for n := range 5 {
		patches := []string{
			`{"maxPacketAmount":"%d"}`, `{"rateLimit":{"refillCount":%d}}`, `{"throughput":{"incomingAmount":"%d"}}`, `{"inFlight":{"incomingAmount":"%d"}}`,
			`{"balance":{"maximum":"%d"}}`, `{"balance":{"minimum":"-%d"}}`,
		}
		var asking sync.WaitGroup
		for i := range patches {
			patches[i] = fmt.Sprintf(patches[i], 100+n)
			asking.Go(func() { c.want(http.StatusOK, "PATCH", "/accounts/alice", patches[i]) })
		}
		asking.Wait()
		value := fmt.Sprintf("%d", 100+n)
		_, text := ask(t, c.port, "PATCH", "/accounts/alice", "{}")
		for _, want := range []string{
			`"maxPacketAmount":"` + value + `"`, `"refillCount":` + value, `"incomingAmount":"` + value + `"`,
			`"maximum":"` + value + `"`, `"minimum":"-` + value + `"`,
		} {
			if !strings.Contains(text, want) {
				t.Fatalf("round %d: a change is lost, without %s: %s", n, want, text)
			}
		}
	}
}
