package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/audit"
)

// Balances is GET /balance. Accounts is left out if the balance middleware is disabled.
type Balances struct {
	Accounts OrderedMap[Balance] `json:"accounts,omitzero"`
	// Former are the balances of accounts that were removed or have no balance now, if they
	// are not 0 or have an open settlement.
	Former []FormerBalance `json:"former,omitempty"`
}

// FormerBalance is a stored balance that belongs to no present account.
type FormerBalance struct {
	AccountID  string `json:"accountId"`
	AssetCode  string `json:"assetCode"`
	AssetScale uint8  `json:"assetScale"`
	Posted     string `json:"posted"`
	// Settling is the amount of its open settlements. Only an operator can end these.
	Settling string `json:"settling"`
}

// Balance is the balance of an account, in its base units. If it is positive, the account
// owes us. Limits may be Infinity and -Infinity.
type Balance struct {
	// Balance is Posted + PendingIn.
	Balance string `json:"balance"`
	Minimum string `json:"minimum"`
	Maximum string `json:"maximum"`
	// Posted is what fulfilled packets and settlements add up to. PendingIn is held for
	// packets from the account, PendingOut is reserved for packets to it, and Settling
	// is being paid to it.
	Posted     string `json:"posted"`
	PendingIn  string `json:"pendingIn"`
	PendingOut string `json:"pendingOut"`
	Settling   string `json:"settling"`
	// Leftovers is the part of its payments that is less than one base unit.
	Leftovers *ScaledAmount `json:"leftovers,omitempty"`
	// Children counts the clients of the account, if they are accounts with a balance of their
	// own.
	Children *ChildCount `json:"children,omitempty"`
}

// getBalance shows the balances of all accounts without a host, or with ?account=ID that of one,
// which may be a client.
func (api *API) getBalance(w http.ResponseWriter, r *request) error {
	if err := api.checkLoaded(); err != nil {
		return err
	}
	if query := r.URL.Query(); query.Has("account") {
		return api.getOneBalance(w, query.Get("account"))
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

// getOneBalance shows the balance of an account, or one that belongs to no present account.
func (api *API) getOneBalance(w http.ResponseWriter, id string) error {
	var answer Balances
	if api.node.Enabled("balance") {
		answer.Accounts = OrderedMap[Balance]{}
		for _, f := range api.node.FormerBalances() {
			if f.AccountID == id {
				answer.Former = []FormerBalance{f}
			}
		}
	}
	switch a := api.node.Accounts().Find(id); {
	case a == nil && answer.Former == nil:
		return unknownAccount(id)
	case a != nil && a.Balance != nil && answer.Accounts != nil:
		b := api.withChildren(id, balanceOf(a))
		b.Leftovers = api.leftovers()[id]
		answer.Accounts = OrderedMap[Balance]{{id, b}}
	}
	return writeJSON(w, http.StatusOK, answer)
}

// withChildren returns a balance with the number of clients that have their own.
func (api *API) withChildren(id string, b Balance) Balance {
	if children := api.node.Children(id); children != nil {
		b.Children = countOf(children)
	}
	return b
}

// checkLoaded returns an error until the balances have been loaded from the store.
func (api *API) checkLoaded() error {
	if !api.node.Loaded() {
		return errorf(http.StatusServiceUnavailable, "the balances are not loaded yet")
	}
	return nil
}

// balances returns the balances of the accounts that have one. It returns nil if the
// balance middleware is disabled.
func (api *API) balances() OrderedMap[Balance] {
	if !api.node.Enabled("balance") {
		return nil
	}
	balances := OrderedMap[Balance]{}
	for _, a := range api.node.Accounts().All() {
		if a.Balance != nil {
			balances = append(balances, Member[Balance]{a.ID, api.withChildren(a.ID, balanceOf(a))})
		}
	}
	return balances
}

// leftovers returns the leftovers by account. If they cannot be read, GET /balance shows
// the rest, and GET /settlements says why.
func (api *API) leftovers() map[string]*ScaledAmount {
	all, err := api.node.Leftovers()
	if err != nil {
		api.log.Warn("cannot read leftovers; balances are shown without them", "error", err)
	}
	of := make(map[string]*ScaledAmount, len(all))
	for _, l := range all {
		if a := api.node.Accounts().Find(l.AccountID); a != nil && a.AssetCode == l.Asset { // else it belongs to a former account
			of[l.AccountID] = &ScaledAmount{l.Amount.String(), l.Scale}
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

// postBalance edits a balance. The reference accepts any edit, even one that is not a
// number and makes the balance NaN. We check it first.
func (api *API) postBalance(w http.ResponseWriter, r *request) error {
	fields := r.object()
	diff, err := amountDiff(fields)
	if err != nil {
		return err
	}
	reason, err := reasonOf(fields)
	if err == nil {
		_, err = balance.Parse(diff) // which fails if it is out of range
	}
	if err == nil {
		err = api.checkLoaded()
	}
	if err != nil {
		return err
	}
	if api.node.Enabled("balance") {
		id := accountIDOf(fields)
		former := api.former(id)
		switch a := api.node.Accounts().Find(id); {
		case former:
		case a == nil:
			return fmt.Errorf("unknown account id. accountId=%s", id)
		case a.Balance == nil:
			return fmt.Errorf("account not found. accountId=%s", id)
		}
		c := api.newChange(r, audit.EditBalance, id)
		c.Reason, c.Details[audit.AmountDiff] = reason, diff
		err := api.node.AdjustBalance(c, diff)
		r.audited = !errors.Is(err, ErrNotOpen)
		if err != nil {
			return err
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

var decimal = regexp.MustCompile(`\A(0|-?[1-9][0-9]*)\z`)

// amountDiff returns the amount of an edit, or an error in the words of the reference's
// schema.
func amountDiff(fields map[string]json.RawMessage) (string, error) {
	if fields == nil {
		return "", invalidUpdate("should be object", "")
	}
	field, there := fields["amountDiff"]
	if !there {
		return "", invalidUpdate("should have required property 'amountDiff'", "")
	}
	diff, ok := stringOf(field)
	switch {
	case !ok:
		return "", invalidUpdate("should be string", ".amountDiff")
	case !decimal.MatchString(diff):
		return "", invalidUpdate(`should match pattern "^(0|-?[1-9][0-9]*)$"`, ".amountDiff")
	}
	return diff, nil
}

func invalidUpdate(problem, path string) error {
	return &answerError{http.StatusBadRequest, "InvalidJsonBodyError: invalid balance update: error=" + problem + " dataPath=" + path}
}

// accountIDOf returns the accountId field as JavaScript would print it, whatever its type.
func accountIDOf(fields map[string]json.RawMessage) string {
	field, there := fields["accountId"]
	if !there {
		return "undefined"
	}
	if id, ok := stringOf(field); ok {
		return id
	}
	return strings.TrimSpace(string(field))
}
