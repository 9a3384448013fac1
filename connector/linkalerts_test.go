package connector_test

import (
	"log/slog"
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link"
)

// alertingLink is a link that raises alerts.
type alertingLink struct {
	*testLink
	alerts link.Alerts
}

func (l *alertingLink) Alert(to link.Alerts) { l.alerts = to }

func TestAlertsOfALinkAreOfItsAccount(t *testing.T) {
	alice := &alertingLink{testLink: newTestLink(ilptest.NewLink())}
	c, _ := start(t, twoAccounts, connector.WithPlugin("test", func(a config.Account, _ *slog.Logger) (connector.Link, error) {
		if a.ID == "alice" {
			return alice, nil
		}
		return newTestLink(ilptest.NewLink()), nil
	}))
	for range 2 {
		alice.alerts.Raise("port", "it is taken")
	}
	alice.alerts.Raise("port", "it is still taken")
	raised := c.Alerts().All()
	if len(raised) != 1 || raised[0].AccountID != "alice" || raised[0].Message != "it is still taken" || raised[0].Count != 3 {
		t.Errorf("%+v", raised)
	}
	alice.alerts.RaiseStrangers("logins", "they go on")
	if raised := c.Alerts().All(); len(raised) != 2 || raised[1].TriggeredBy != account.AlertStrangers || raised[1].AccountID != "alice" {
		t.Errorf("%+v", raised)
	}
	alice.alerts.Resolve("logins")
	alice.alerts.Resolve("another")
	alice.alerts.Resolve("port")
	if raised := c.Alerts().All(); len(raised) != 0 {
		t.Errorf("resolved, and yet %+v", raised)
	}
}

var _ connector.Alerter = (*alertingLink)(nil)
