package settle

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// reasonFormer precedes the latest answer of the settler, for a settlement of an account
// that does not settle now.
const reasonFormer = "not asked about, because the account is not configured or has no settler: " +
	"find out whether it was paid, and record that with 'ilp-connector settlements resolve'"

// Former returns the open settlements in the store of accounts that do not settle now, latest
// first: of the accounts named, or of all. Their outcome counts as unknown, whatever an
// earlier process has recorded, and only an operator can say it: see ResolveFormer. It reads
// the store.
func (p *Payer) Former(accountIDs ...string) ([]Settlement, error) {
	prefixes := []string{settlementsPrefix}
	if len(accountIDs) > 0 {
		prefixes = nil
		for _, id := range accountIDs {
			prefixes = append(prefixes, settlementsOf(id))
		}
	}
	var all []Settlement
	for _, prefix := range prefixes {
		if err := p.Ledger.Load(prefix, func(key string, value []byte) error {
			accountID, id, _ := strings.Cut(key[len(settlementsPrefix):], "/")
			if p.find(accountID) != nil {
				return nil
			}
			s, err := readSettlement(accountID, id, value)
			if err != nil {
				return fmt.Errorf("read %s: %w", key, err)
			}
			if s.State.Open() {
				all = append(all, s.former())
			}
			return nil
		}); err != nil {
			return all, err
		}
	}
	slices.SortStableFunc(all, func(a, b Settlement) int { return b.Created.Compare(a.Created) })
	return all, nil
}

// former returns an open settlement as operators see it if its account does not settle now.
func (s *Settlement) former() Settlement {
	shown := *s
	shown.State, shown.NeedsOperator, shown.Reason = Unknown, true, reasonFormer
	if s.Reason != "" {
		shown.Reason = shorten(reasonFormer + "; last reason: " + s.Reason)
	}
	return shown
}

// ResolveFormer records the outcome of a settlement that Former returns, as Resolve does for
// the others. It calls record with the change of the balance and the changes of the store,
// which must become durable in one step. The caller keeps the account from being added
// meanwhile.
func (p *Payer) ResolveFormer(accountID, id string, paid bool, record func(delta balance.Amount, changes store.Batch) error) error {
	if p.find(accountID) != nil {
		return ErrNotUnknown
	}
	var s *Settlement
	key := settlementsOf(accountID) + id
	err := p.Ledger.Load(key, func(k string, value []byte) (err error) {
		if k == key {
			s, err = readSettlement(accountID, id, value)
		}
		return err
	})
	switch {
	case err != nil:
		return fmt.Errorf("read %s: %w", key, err)
	case s == nil || !s.State.Open():
		return ErrNotUnknown
	}
	var delta balance.Amount
	if s.State = NotSent; paid {
		s.State, delta = Confirmed, s.Amount
	}
	s.Updated, s.Reason = time.Now(), errOperator.Error()
	if err := record(delta, store.Batch{s.change()}); err != nil {
		return err
	}
	p.EndFormerAlerts(accountID)
	return nil
}

// EndFormerAlerts ends the alerts about settlements of an account that does not settle now.
// Those about an unknown outcome stay while a settlement is open. It reads the store.
func (p *Payer) EndFormerAlerts(accountID string) {
	if p.find(accountID) != nil {
		return
	}
	p.resolved(accountID, alertNotSent, kindStart, alertMinimum)
	if open, err := p.Former(accountID); err == nil && len(open) == 0 {
		p.resolved(accountID, alertUnknown, alertForgotten)
	}
}
