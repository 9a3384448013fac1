package connector

import (
	"time"

	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/btplink"
	"github.com/ilp-go/connector/link/miniaccounts"
	"github.com/ilp-go/connector/nodehost/plugin"
)

// linkAlerts takes the alerts of an account's link.
type linkAlerts struct {
	connector *Connector
	account   string
}

// Raise raises the alert of a kind, or gives it another message.
func (a linkAlerts) Raise(kind, message string) {
	a.connector.alerts.RaiseKind(time.Now(), a.account, kind, message)
}

// RaiseStrangers raises the alert of a kind that strangers can bring about.
func (a linkAlerts) RaiseStrangers(kind, message string) {
	a.connector.alerts.RaiseStrangers(time.Now(), a.account, kind, message)
}

// Resolve ends the alert of a kind.
func (a linkAlerts) Resolve(kind string) {
	a.connector.alerts.Resolve(time.Now(), a.account, kind)
}

var (
	_ link.Alerts = linkAlerts{}

	_ Alerter   = (*btplink.Link)(nil)
	_ Alerter   = (*plugin.Link)(nil)
	_ Listening = (*btplink.Link)(nil)
	_ Listening = (*miniaccounts.Server)(nil)
)
