package connector

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// ledgerWatch raises an alert of an account when no server of the XRP Ledger has been connected for a while.
type ledgerWatch struct {
	status func() xrpl.Status
	alerts interface {
		Raise(kind, message string)
		Resolve(kind string)
	}
}

const (
	ledgerAwayMost  = time.Minute // a server that restarts is back before
	ledgerLookEvery = 5 * time.Second

	kindXRPAway  = "xrp ledger away"
	alertXRPAway = "no server of the XRP Ledger has been connected since %s, so no channel is opened, funded, claimed or closed, and no payment above " +
		"what the channels hold is made or taken: %s"
)

// run watches until ctx ends.
func (w ledgerWatch) run(ctx context.Context) {
	ticker := time.NewTicker(ledgerLookEvery)
	defer ticker.Stop()
	away := time.Now() // when the connection was lost
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			st := w.status()
			if st.Connected {
				away = now
				w.alerts.Resolve(kindXRPAway)
			} else if now.Sub(away) >= ledgerAwayMost {
				w.alerts.Raise(kindXRPAway, fmt.Sprintf(alertXRPAway, away.UTC().Format(time.RFC3339), whyAway(st)))
			}
		}
	}
}

// whyAway returns why each server is not in use.
func whyAway(st xrpl.Status) string {
	reasons := make([]string, len(st.Servers))
	for i, s := range st.Servers {
		reason := string(s.Reason)
		if reason == "" {
			reason = "not tried yet"
		}
		if s.Detail != "" {
			reason += ", " + s.Detail
		}
		reasons[i] = s.Server + ": " + reason
	}
	return strings.Join(reasons, "; ")
}
