package connector_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/btppeer"
)

// A stranger can be many clients. Their answers to nothing are one alert of the account, so that
// they push out no alert about the money of another one.
func TestFulfillsOfManyClientsAreOneAlert(t *testing.T) {
	port := freePort(t)
	yaml, url := kids(t, fmt.Sprintf("adminApi: true\nadminApiPort: %d\n", port))
	c, _ := start(t, yaml)
	awaitReady(t, c)
	for n := range 20 {
		peer := btppeer.Join(t, url, fmt.Sprint("eve", n), "e")
		peer.Send(btppeer.Response(uint32(n), ilptest.Fulfill()))
		peer.Send(btppeer.Request(7, ilptest.Prepare("peer.config", 0, ilptest.WithCondition(ilp.PeerCondition))))
		peer.WantReply(7) // what came before is done
	}
	_, text := ask(t, port, "GET", "/alerts", "")
	if n := strings.Count(text, `"accountId"`); n != 1 || !strings.Contains(text, `"accountId":"mini"`) || !strings.Contains(text, `"client mini.eve`) {
		t.Errorf("%d alerts: %s", n, text)
	}
}
