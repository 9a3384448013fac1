package admin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/audit"
)

// Balances is GET /balance, without Accounts if no balances are kept.
type Balances struct {
	Accounts Object[Balance] `json:"accounts,omitzero"`
	// Former is what is left of accounts that were removed or have no balance now.
	Former []Former `json:"former,omitempty"`
}

// Former is a balance that is kept and that no account has.
type Former struct {
	AccountID  string `json:"accountId"`
	AssetCode  string `json:"assetCode"`
	AssetScale uint8  `json:"assetScale"`
	Posted     string `json:"posted"`
}

// Balance is the money between us and an account, in its base units; positive is
// their debt to us. Limits may be Infinity and -Infinity.
type Balance struct {
	// Balance is Posted + PendingIn.
	Balance string `json:"balance"`
	Minimum string `json:"minimum"`
	Maximum string `json:"maximum"`
	// Posted is what is settled between the two of us, PendingIn what packets
	// from the account wait with, PendingOut what packets to it do, and Settling
	// what is being paid to it.
	Posted     string `json:"posted"`
	PendingIn  string `json:"pendingIn"`
	PendingOut string `json:"pendingOut"`
	Settling   string `json:"settling"`
	// Leftovers is what the account has paid and is less than a unit of it.
	Leftovers *Sum `json:"leftovers,omitempty"`
}

func (api *API) getBalance(w http.ResponseWriter, _ *request) error {
	if err := api.loaded(); err != nil {
		return err
	}
	balances, leftovers := api.balances(), api.leftovers()
	for i := range balances {
		balances[i].Value.Leftovers = leftovers[balances[i].Name]
	}
	answer := Balances{Accounts: balances}
	if balances != nil {
		answer.Former = api.node.FormerBalances()
	}
	return writeJSON(w, http.StatusOK, answer)
}

// loaded is the error of what needs the balances while they are not known.
func (api *API) loaded() error {
	if !api.node.Loaded() {
		return refusal(http.StatusServiceUnavailable, "the balances are not loaded yet")
	}
	return nil
}

// balances is those of the accounts that have one, nil if no balances are kept.
func (api *API) balances() Object[Balance] {
	if !api.node.Enabled("balance") {
		return nil
	}
	balances := Object[Balance]{}
	for _, a := range api.node.Accounts().All() {
		if a.Balance != nil {
			balances = append(balances, Member[Balance]{a.ID, balanceOf(a)})
		}
	}
	return balances
}

// leftovers is what is left over, by account. Where that cannot be read, GET
// /settlements says why; the balances are shown all the same.
func (api *API) leftovers() map[string]*Sum {
	all, err := api.node.Leftovers()
	if err != nil {
		api.log.Warn("the balances are shown without what is left over", "error", err)
	}
	of := make(map[string]*Sum, len(all))
	for _, l := range all {
		if a := api.node.Accounts().Find(l.AccountID); a != nil && a.AssetCode == l.Asset { // else of a former account
			of[l.AccountID] = &Sum{l.Amount.String(), l.Scale}
		}
	}
	return of
}

func balanceOf(a *account.Account) Balance {
	s := a.Balance.Snapshot()
	return Balance{
		Balance:    s.Balance().String(),
		Minimum:    s.Minimum.String(),
		Maximum:    s.Maximum.String(),
		Posted:     s.Posted.String(),
		PendingIn:  s.PendingIn.String(),
		PendingOut: s.PendingOut.String(),
		Settling:   s.Settling.String(),
	}
}

// postBalance edits a balance. The reference takes any edit for valid, and a
// balance edited by something that is no number is none from then on.
func (api *API) postBalance(w http.ResponseWriter, r *request) error {
	fields := r.fields()
	diff, err := amountDiff(fields)
	if err != nil {
		return err
	}
	reason, err := reasonOf(fields)
	if err == nil {
		err = api.loaded()
	}
	if err != nil {
		return err
	}
	if api.node.Enabled("balance") {
		id := accountIDOf(fields)
		former := slices.ContainsFunc(api.node.FormerBalances(), func(f Former) bool { return f.AccountID == id })
		switch a := api.node.Accounts().Find(id); {
		case former:
		case a == nil:
			return fmt.Errorf("unknown account id. accountId=%s", id)
		case a.Balance == nil:
			return fmt.Errorf("account not found. accountId=%s", id)
		}
		c := api.asked(r, audit.EditBalance, id)
		c.Reason, c.Details[audit.AmountDiff] = reason, diff
		if err := api.node.AdjustBalance(c, diff); err != nil {
			return err
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

var decimal = regexp.MustCompile(`\A(0|-?[1-9][0-9]*)\z`)

// amountDiff is the amount of an edit, or an error in the words of the
// reference's schema.
func amountDiff(fields map[string]json.RawMessage) (string, error) {
	if fields == nil {
		return "", invalidUpdate("should be object", "")
	}
	field, there := fields["amountDiff"]
	if !there {
		return "", invalidUpdate("should have required property 'amountDiff'", "")
	}
	diff, ok := text(field)
	switch {
	case !ok:
		return "", invalidUpdate("should be string", ".amountDiff")
	case !decimal.MatchString(diff):
		return "", invalidUpdate(`should match pattern "^(0|-?[1-9][0-9]*)$"`, ".amountDiff")
	}
	return diff, nil
}

func invalidUpdate(problem, path string) error {
	return &refused{http.StatusBadRequest, "InvalidJsonBodyError: invalid balance update: error=" + problem + " dataPath=" + path}
}

// accountIDOf is the id as JavaScript writes whatever stands in its place.
func accountIDOf(fields map[string]json.RawMessage) string {
	field, there := fields["accountId"]
	if !there {
		return "undefined"
	}
	if id, ok := text(field); ok {
		return id
	}
	return strings.TrimSpace(string(field))
}
