package admin_test

import (
	"testing"
	"time"
)

// Clients of the reference know no such field, and see none in the alerts that they know.
func TestAlertsAboutMoneySaySo(t *testing.T) {
	n := newNode(t)
	for _, a := range n.Raised.All() {
		n.Raised.Dismiss(time.Now(), a.ID)
	}
	at := time.Date(2026, 11, 22, 11, 21, 14, 700e6, time.UTC)
	n.Raised.RaiseMoney(at, "alice", "late", "3 fulfills worth 1500")
	n.Raised.Raise(at, "alice", "", "link failed")
	exchange{"GET", "/alerts", "", 200, asJSON, `{"alerts":[` +
		`{"id":1795346436241,"accountId":"alice","triggeredBy":"","message":"3 fulfills worth 1500","count":1,` +
		`"createdAt":"2026-11-22T11:21:14.700Z","updatedAt":"2026-11-22T11:21:14.700Z","about":"money"},` +
		`{"id":1795346436242,"accountId":"alice","triggeredBy":"","message":"link failed","count":1,` +
		`"createdAt":"2026-11-22T11:21:14.700Z","updatedAt":"2026-11-22T11:21:14.700Z"}]}`}.run(t, newAPI(t, n, loopback()))
}
