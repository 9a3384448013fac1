package connector

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/ledger"
	"github.com/ilp-go/connector/store"
)

// ImportBalances sets the balances of accounts, all of them or none, and settles what that
// makes due. Balances that are right already get no audit entry.
func (n node) ImportBalances(i admin.Import) (map[string]balance.Amount, error) {
	l, err := n.Audit()
	if err != nil {
		return nil, err
	}
	n.adding.Lock() // no account comes or goes meanwhile
	defer n.adding.Unlock()
	var before map[string]balance.Amount
	err = n.payer.Edit(func() error {
		before, err = n.setBalances(l, i)
		return err
	}, slices.Collect(maps.Keys(i.Balances))...)
	return before, err
}

// setBalances does the import. The caller keeps accounts from coming, going and making
// entries.
func (n node) setBalances(l *audit.Log, i admin.Import) (map[string]balance.Amount, error) {
	var targets []ledger.Target
	for id, posted := range i.Balances {
		targets = append(targets, ledger.Target{AccountID: id, Posted: posted})
	}
	now, err := n.ledger.TrySet(targets, i.Allow)
	if err != nil {
		return nil, n.cannotImport(targets, err)
	}
	before := make(map[string]balance.Amount)
	var wrong []ledger.Target
	var changes []audit.Change
	for k, t := range targets {
		before[t.AccountID] = now[k]
		if now[k] != t.Posted {
			wrong = append(wrong, t)
			change := i.Change
			change.Account, change.Details = t.AccountID, maps.Clone(i.Change.Details)
			changes = append(changes, change)
		}
	}
	if i.DryRun || len(wrong) == 0 {
		return before, nil
	}
	err = l.WriteAll(changes, func(notes []*audit.Note) error {
		return n.cannotImport(wrong, n.ledger.Set(wrong, i.Allow, func(was []balance.Amount) (b store.Batch) {
			for k, note := range notes {
				before[wrong[k].AccountID] = was[k]
				note.Detail(audit.PostedBefore, was[k].String())
				note.Detail(audit.PostedAfter, wrong[k].Posted.String())
				b = append(b, note.Batch()...)
			}
			return b
		}))
	})
	if err != nil {
		return nil, err
	}
	for _, t := range wrong {
		if a := n.registry.Find(t.AccountID); a != nil {
			n.payer.Consider(a)
		}
	}
	return before, nil
}

// refusalsMax is how many refusals an error lists.
const refusalsMax = 10

// cannotImport returns what an operator should do about an error of Ledger.Set.
func (n node) cannotImport(targets []ledger.Target, err error) error {
	var refused ledger.SetError
	if !errors.As(err, &refused) {
		return err
	}
	var texts []string
	for _, r := range refused[:min(len(refused), refusalsMax)] {
		i := slices.IndexFunc(targets, func(t ledger.Target) bool { return t.AccountID == r.AccountID })
		texts = append(texts, r.AccountID+": "+n.whyNot(r, targets[i].Posted))
	}
	if more := len(refused) - len(texts); more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	return admin.Conflict("no balance is imported: " + strings.Join(texts, "; "))
}

// whyNot returns why a balance is not set, and what to do.
func (n node) whyNot(r ledger.Refusal, posted balance.Amount) string {
	if errors.Is(r.Err, ledger.ErrNoBalance) {
		return "no balance is kept for it: configure its balance, or leave it out"
	}
	now := n.registry.Find(r.AccountID).Balance.Snapshot()
	switch {
	case errors.Is(r.Err, balance.ErrUnderWay):
		return "packets or settlements are under way: try again when they have ended"
	case errors.Is(r.Err, balance.ErrMoved):
		return fmt.Sprintf("its balance is %s, as packets or an operator have moved it, and not 0 or %s: "+
			"add what is missing with 'ilp-connector balance adjust', or replace it with --overwrite, in the API \"overwrite\": true", now.Posted, posted)
	case errors.Is(r.Err, balance.ErrBeyondLimits) && now.Maximum.Cmp(posted) < 0:
		return fmt.Sprintf("%s is above its maximum of %s: raise the maximum, or import all the same with --force, in the API \"force\": true", posted, now.Maximum)
	case errors.Is(r.Err, balance.ErrBeyondLimits):
		return fmt.Sprintf("%s is below its minimum of %s: lower the minimum, or import all the same with --force, in the API \"force\": true", posted, now.Minimum)
	}
	return r.Err.Error()
}
