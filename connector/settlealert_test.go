package connector_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/ilp-go/connector/account"
)

// The alert about a settlement that the engine cannot settle ends when it can.
func TestAlertOfASettlementEndsWhenTheEngineIsBack(t *testing.T) {
	s := newSettling(t)
	s.add(t, byThreshold)
	s.engine.answer(http.StatusInternalServerError)
	s.owe(t, 2000)
	s.engine.wants(t, `POST /accounts/bob/settlements {"amount":"2","scale":6}`)
	await(t, "the alert", func() bool { return len(s.Alerts().All()) == 1 })
	raised := s.Alerts().All()[0]
	s.engine.answer(http.StatusCreated)
	s.engine.wants(t, `POST /accounts/bob/settlements {"amount":"2","scale":6}`)
	s.stands(t, "0")
	await(t, "the alert to end", func() bool { return len(s.Alerts().All()) == 0 })
	if !slices.ContainsFunc(s.Alerts().History(), func(a account.Alert) bool {
		return a.ID == raised.ID && a.State == account.AlertResolved
	}) {
		t.Errorf("the history is %+v", s.Alerts().History())
	}
}
