package xrp

import (
	"errors"
	"fmt"
)

// The kinds of alerts, and what they say.
const (
	kindClaim   = "xrp bad claim"
	kindClosing = "xrp channel closing"
	kindGone    = "xrp channel gone"
	kindLost    = "xrp claim lost"
	kindReserve = "xrp reserve"
	kindBudget  = "xrp budget"
	kindLedger  = "xrp channels"

	kindRegressed = "xrp claim regressed"
	kindWaits     = "xrp payment waits"

	alertClaim   = "the peer has sent a claim on channel %v whose signature is wrong; it was not credited"
	alertClosing = "the peer closes its channel %v, which may be gone at %s; the best claim is taken to the ledger, and no more claims on it are"
	alertGone    = "the channel %v of the peer is gone from the ledger; it has to open another one before it can pay"
	alertReserve = "our account on the XRP Ledger has too little: %v"
	alertBudget  = "the bounds of the options keep XRP out of a payment channel: %v"
	alertLedger  = "the XRP Ledger does not do what a payment channel needs: %v"
	alertUnpaid  = "the channel %v of the peer is gone from the ledger, and as far as we know %d drops of its best claim were not paid"
	alertLost    = "the channel %v was closed before our claim of %d drops; whether it was paid shows the transaction %v"

	alertRegressed = "the peer goes on to send claims on channel %v that are lower than its best one: %v, and the best is %v, in base units; " +
		"it has lost its memory of what it has paid, and cannot pay before it has it again. Compare balances with its operator"
	alertWaits = "a payment waits that cannot be made over our channel to the peer now: %v"
)

// alertOf returns the kind of the alert about what tend could not do, and its text. Both are empty if there is none.
func alertOf(err error) (kind, text string) {
	switch {
	case errors.Is(err, ErrNoReserve):
		return kindReserve, fmt.Sprintf(alertReserve, err)
	case errors.Is(err, errBudget), errors.Is(err, errCap):
		return kindBudget, fmt.Sprintf(alertBudget, err)
	case errors.Is(err, errFailed), errors.Is(err, ErrFee), errors.Is(err, ErrVoid):
		return kindLedger, fmt.Sprintf(alertLedger, err)
	}
	return "", ""
}

// alertFault raises and ends the alerts about what tend could not do.
func (s *Settler) alertFault(err error) {
	kind, text := alertOf(err)
	for _, k := range []string{kindReserve, kindBudget, kindLedger} {
		if k != kind {
			s.Alerts.Resolve(k)
		}
	}
	if kind != "" {
		s.Alerts.Raise(kind, text)
	}
}

// alertWaits raises the alert about a payment that our channel cannot take, unless there is an alert about the
// reason.
func (s *Settler) alertWaits(reason error) {
	if kind, _ := alertOf(reason); kind == "" {
		s.Alerts.Raise(kindWaits, fmt.Sprintf(alertWaits, reason))
	}
}
