package settle

import "github.com/ilp-go/connector/account"

// What alerts say. Alerts of one kind have the same text, so that they are counted and not
// listed. The log has the details.
const (
	alertUnknown = "the outcome of a settlement is unknown: nothing else is paid to the account until it is known"
	// alertForgotten is raised once for each start of the process.
	alertForgotten = "the outcome of a settlement is unknown, and it is not asked about any more: " +
		"find out whether it was paid, and record that with 'ilp-connector settlements resolve'"
	alertNotSent = "a settlement was not sent: the debt remains and will be settled again"
	// alertStart is of kindStart, which an earlier version raised as its text.
	alertStart  = "the settler is not ready for the account and will be asked again: %s"
	kindStart   = "the settler is not ready for the account and will be asked again"
	alertBroken = "a settlement cannot be recorded: there are none until the connector is started again"

	alertMinimum = "a settlement from the counterparty lowered the balance below the minimum"
	alertMemory  = "a settlement from the counterparty is credited in the store but not in memory: start the connector again"
)

// alertAbout raises an alert of a kind with a message of its own.
func (p *Payer) alertAbout(accountID, kind, message string) {
	if p.AlertKind == nil {
		p.Alert(accountID, kind)
		return
	}
	p.AlertKind(accountID, kind, message)
}

// resolved ends alerts of an account whose cause is gone.
func (p *Payer) resolved(accountID string, messages ...string) {
	if p.Resolved == nil {
		return
	}
	for _, message := range messages {
		p.Resolved(accountID, message)
	}
}

// alertAtStart raises the alert of a settlement whose outcome is unknown. An earlier process
// may have ended before it could, and the answer of the settler may take long. It ends the
// alerts of earlier processes whose cause is gone.
func (w *payWorker) alertAtStart() {
	p, id := w.payer, w.account.ID
	if !p.broken.Load() {
		p.resolved(id, alertBroken, alertMemory)
	}
	w.resolveMinimum()
	if w.started.Load() { // the settler needs no start
		p.resolved(id, kindStart)
	}
	if w.outOfBand {
		p.resolved(id, alertNotSent)
	}
	switch {
	case !w.settlements.has(Unknown):
		p.resolved(id, alertUnknown, alertForgotten)
	case w.settlements.needsOperator():
		p.resolved(id, alertUnknown)
		if w.outOfBand { // else payAgain raises it
			p.Alert(id, alertForgotten)
		}
	default:
		p.Alert(id, alertUnknown)
	}
}

// EndAlerts ends the alerts about the balance of an account whose cause is gone, if packets or
// an edit have lifted the balance: that it is below the minimum, and that a settlement was not
// sent. They do not say so, so the caller asks now and then.
func (p *Payer) EndAlerts(a *account.Account) {
	p.endMinimum(a)
	if w := p.find(a.ID); w != nil && w.owesNothing() {
		p.resolved(a.ID, alertNotSent)
	}
}

// owesNothing reports whether nothing is owed that could be settled, and no settlement is open
// that would be owed again if it is not sent.
func (ap *accountPayer) owesNothing() bool {
	t, ok := ap.terms(true)
	return ok && !ap.settlements.has(Intended, Sent, Unknown) && !t.due(ap.account.Balance.Snapshot())
}

// endMinimum ends the alert about a balance below the minimum, if it is not there now.
func (p *Payer) endMinimum(a *account.Account) {
	if !belowMinimum(a) {
		p.resolved(a.ID, alertMinimum)
	}
}

// resolveMinimum does what endMinimum does for the account that is paid.
func (ap *accountPayer) resolveMinimum() { ap.payer.endMinimum(ap.account) }

func belowMinimum(a *account.Account) bool {
	if a.Balance == nil {
		return false
	}
	s := a.Balance.Snapshot()
	return s.Minimum.Cmp(s.Lowest()) > 0
}
