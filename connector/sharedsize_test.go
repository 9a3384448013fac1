//go:build !race

package connector_test

import (
	"fmt"
	"strings"
	"testing"
)

// sharedChildren starts a connector with children on the shared listener, each of them with all
// limits, and returns its port.
func sharedChildren(t *testing.T, n int) (port int) {
	t.Helper()
	port = freePort(t)
	var accounts strings.Builder
	for i := range n {
		fmt.Fprintf(&accounts, `
  k%04d:
    {relation: child, plugin: ilp-plugin-btp, assetCode: XRP, assetScale: 9, balance: {maximum: '1000000000', minimum: '-1000000000'},
     maxPacketAmount: '1000000000', throughput: {incomingAmount: '1000000000', outgoingAmount: '1000000000'},
     rateLimit: {refillPeriod: 1000, refillCount: 100000000}, options: {listener: {secret: %s}}}`, i, secretOfChild(i))
	}
	c, _ := start(t, fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
spread: 0
listen: {host: 127.0.0.1, port: %d}
accounts:%s
`, port, accounts.String()))
	awaitReady(t, c)
	return port
}

func secretOfChild(i int) string { return fmt.Sprintf("the-token-of-k%04d", i) }

// A process may have 10,000 children on the shared listener. With its account and its connection each
// takes at most 12 kB. The heap also holds our half of the test.
func TestIdleChildrenOfTheSharedListenerAllocateLittle(t *testing.T) {
	const (
		few, many, connected                           = 50, 1050, 400
		accountMax, accountStackMax, heapMax, stackMax = 6300, 100, 2300, 2600
	)
	heap, stack := memoryInUse()
	each := func(n int64) (h, s int64) {
		h, s = memoryInUse()
		h, s, heap, stack = (h-heap)/n, (s-stack)/n, h, s
		return h, s
	}
	sharedChildren(t, few)
	alone, aloneStack := each(1) // with what all accounts share
	port := sharedChildren(t, many)
	all, allStack := each(1)
	account, accountStack := (all-alone)/(many-few), (allStack-aloneStack)/(many-few)
	t.Logf("an account has %d bytes of heap and %d of stack", account, accountStack)
	if account > accountMax || accountStack > accountStackMax {
		t.Errorf("more than %d bytes of heap or %d of stack", accountMax, accountStackMax)
	}
	for i := range few + connected {
		if i == few {
			each(1) // what all connections share is there
		}
		joinAndRest(t, fmt.Sprintf("ws://127.0.0.1:%d/accounts/k%04d/ilp/btp", port, i), "", secretOfChild(i))
	}
	connection, connectionStack := each(connected)
	t.Logf("a connection has %d bytes of heap and %d of stack", connection, connectionStack)
	if connection > heapMax || connectionStack > stackMax {
		t.Errorf("more than %d bytes of heap or %d of stack", heapMax, stackMax)
	}
}
