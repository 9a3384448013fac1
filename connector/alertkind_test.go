package connector_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
)

// firstAlert waits for an alert of a connector that keeps none.
func firstAlert(c *connector.Connector) account.Alert {
	for len(c.Alerts().All()) == 0 {
		<-c.Alerts().Changed()
	}
	return c.Alerts().All()[0]
}

func TestAlertOfASettlementIsAboutMoney(t *testing.T) {
	alice := newTestLink(ilptest.NewLink())
	plugin := connector.WithPlugin("test", func(a config.Account, _ *slog.Logger) (connector.Link, error) {
		if a.ID == "bob" {
			return paying{newTestLink(ilptest.Fulfilling())}, nil
		}
		return alice, nil
	})
	c, _ := start(t, strings.ReplaceAll(twoAccounts, `{maximum: "1000"}`, `{maximum: "1000", settleThreshold: "-1"}`), plugin)
	awaitReady(t, c)
	pay(t, alice, 10)
	if a := firstAlert(c); a.About != account.AboutMoney || a.AccountID != "bob" || a.Kind == "" {
		t.Errorf("alert is %+v", a)
	}
}

// An operator reads in the alert which engine does not answer, and why.
func TestAlertOfASettlerThatIsNotReadySaysWhy(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	c, _ := start(t, fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
settlementApiPort: %d
accounts:
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 9, balance: {maximum: "1000"}, settlementEngine: {url: %q, scale: 9}}
`, freePort(t), closed.URL), links(map[string]*testLink{"bob": newTestLink(ilptest.NewLink())}))
	const kind = "the settler is not ready for the account and will be asked again"
	a := firstAlert(c)
	if a.Kind != kind || !strings.HasPrefix(a.Message, kind+": settlement engine at "+closed.URL) || !strings.Contains(a.Message, "connection refused") {
		t.Errorf("alert is %+v", a)
	}
}

func TestAlertOfBooksThatFailIsAboutMoney(t *testing.T) {
	d := newDisk()
	alice, bob := newTestLink(ilptest.NewLink()), newTestLink(ilptest.Fulfilling())
	c, _ := startToEnd(t, twoAccounts+"store: disk\n", func(error) {}, links(map[string]*testLink{"alice": alice, "bob": bob}), d.option())
	awaitReady(t, c)
	d.fail(errors.New("the disk is broken"))
	pay(t, alice, 100)
	all := c.Alerts().All()
	if len(all) != 1 || all[0].About != account.AboutMoney || all[0].Kind == all[0].Message {
		t.Errorf("alerts are %+v", all)
	}
}
