package admin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/admin"
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
	api := newAPI(t, n, loopback())
	exchange{"GET", "/alerts", "", 200, asJSON, `{"alerts":[` +
		`{"id":1795346436241,"accountId":"alice","triggeredBy":"","message":"3 fulfills worth 1500","count":1,` +
		`"createdAt":"2026-11-22T11:21:14.700Z","updatedAt":"2026-11-22T11:21:14.700Z","about":"money"},` +
		`{"id":1795346436242,"accountId":"alice","triggeredBy":"","message":"link failed","count":1,` +
		`"createdAt":"2026-11-22T11:21:14.700Z","updatedAt":"2026-11-22T11:21:14.700Z"}]}`}.run(t, api)
}

func TestAlertsThatHaveEndedAreShownOnRequest(t *testing.T) {
	n := newNode(t)
	n.Raised = account.NewAlerts(time.UnixMilli(1000))
	at := time.Date(2026, 11, 22, 11, 21, 14, 700e6, time.UTC)
	api := newAPI(t, n, loopback())
	n.Raised.RaiseKind(at, "alice", "link", "link failed")
	n.Raised.Resolve(at.Add(time.Second), "alice", "link")
	n.Raised.Raise(at, "alice", "test.x", "m")
	const resolved = `{"id":1000,"accountId":"alice","triggeredBy":"","message":"link failed","count":1,` +
		`"createdAt":"2026-11-22T11:21:14.700Z","updatedAt":"2026-11-22T11:21:14.700Z",` +
		`"state":"resolved","kind":"link","endedAt":"2026-11-22T11:21:15.700Z"}`
	const raised = `{"id":1001,"accountId":"alice","triggeredBy":"test.x","message":"m","count":1,` +
		`"createdAt":"2026-11-22T11:21:14.700Z","updatedAt":"2026-11-22T11:21:14.700Z"`
	exchange{"GET", "/alerts", "", 200, asJSON, `{"alerts":[` + raised + `}]}`}.run(t, api)
	exchange{"GET", "/alerts?all=false", "", 200, asJSON, `{"alerts":[` + raised + `}]}`}.run(t, api)
	exchange{"GET", "/alerts?all=true", "", 200, asJSON, `{"alerts":[` + resolved + `,` + raised + `,"state":"raised"}]}`}.run(t, api)
	exchange{"GET", "/alerts?all=1", "", 400, asText, "Error: all is neither true nor false"}.run(t, api)
}

func TestAllAlertsAreDismissedAtOnce(t *testing.T) {
	n := newNode(t)
	n.Raised = account.NewAlerts(time.UnixMilli(1000))
	for i := range 300 {
		n.Raised.RaiseMoney(time.Now(), fmt.Sprint("a", i), "late", "m")
	}
	api := newAPI(t, n, loopback())
	dismiss := func() (dismissed admin.Alerts) {
		t.Helper()
		answer := httptest.NewRecorder()
		api.ServeHTTP(answer, call(http.MethodDelete, "/alerts?all=true", ""))
		if err := json.Unmarshal(answer.Body.Bytes(), &dismissed); err != nil || answer.Code != http.StatusOK || dismissed.Alerts == nil {
			t.Fatalf("answered %d %s: %v", answer.Code, answer.Body, err)
		}
		return dismissed
	}
	if got := dismiss().Alerts; len(got) != 300 || got[7].AccountID != "a7" || got[7].State != "dismissed" || len(n.Raised.All()) != 0 {
		t.Errorf("%d are dismissed, and %d are left", len(got), len(n.Raised.All()))
	}
	if got := dismiss().Alerts; len(got) != 0 {
		t.Errorf("dismissed are %+v", got)
	}
}
