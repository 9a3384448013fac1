package admin_test

import (
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
)

func TestRejectionsAreShownByAccountCodeAndCause(t *testing.T) {
	n := newNode(t)
	at := time.Date(2026, 11, 22, 11, 21, 14, 700e6, time.UTC).UnixNano()
	alice, bob := n.Registry.Find("alice"), n.Registry.Find("bob")
	for range 3 {
		alice.Counters.RefusedFrom.Count(0, at, ilp.T04, "maximum_balance", 18446744073709551615)
	}
	bob.Counters.RefusedTo.Count(0, at, ilp.T01, "not_connected", 0)
	bob.Counters.Rejects.Count(at, ilp.F99, 18446744073709551615)
	bob.Counters.Rejects.Count(at, 0x0a0b0c, 0) // a stranger's
	const (
		ofAlice = `{"accountId":"alice","direction":"incoming","code":"T04","cause":"maximum_balance","count":3,` +
			`"lastAmount":"18446744073709551615","lastAt":"2026-11-22T11:21:14.700Z"}`
		ofBob = `{"accountId":"bob","direction":"outgoing","code":"T01","cause":"not_connected","count":1,"lastAmount":"0","lastAt":"2026-11-22T11:21:14.700Z"},` +
			`{"accountId":"bob","direction":"outgoing","code":"F99","cause":"rejected_by_peer","count":1,"lastAmount":"18446744073709551615","lastAt":"2026-11-22T11:21:14.700Z"},` +
			`{"accountId":"bob","direction":"outgoing","code":"other","cause":"rejected_by_peer","count":1,"lastAmount":"0","lastAt":"2026-11-22T11:21:14.700Z"}`
	)
	api := newAPI(t, n, loopback())
	for _, e := range []exchange{
		{"GET", "/rejections", "", 200, asJSON, `{"rejections":[` + ofAlice + "," + ofBob + `]}`},
		{"GET", "/rejections?account=alice", "", 200, asJSON, `{"rejections":[` + ofAlice + `]}`},
		{"GET", "/rejections?account=zoe", "", 200, asJSON, `{"rejections":[]}`},
		{"GET", "/rejections?account=nobody", "", 404, asText, "Error: ..."},
		{"GET", "/rejections?account=", "", 404, asText, "Error: ..."},
		{"POST", "/rejections", "", 404, asText, "Not Found"},
	} {
		e.run(t, api)
	}
}
