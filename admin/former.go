package admin

import (
	"errors"
	"net/http"
	"slices"
	"sync"

	"github.com/ilp-go/connector/audit"
)

// former reports whether a balance is stored under an id, and no present account has it.
func (api *API) former(id string) bool {
	return slices.ContainsFunc(api.node.FormerBalances(), func(f FormerBalance) bool { return f.AccountID == id })
}

// known reports whether an id is that of an account, or of a stored balance.
func (api *API) known(id string) bool {
	return api.node.Accounts().Find(id) != nil || api.former(id)
}

// units returns a function that returns the asset of an account, or of a stored balance that
// no account has.
func (api *API) units() func(id string) (assetCode string, assetScale uint8, ok bool) {
	former := sync.OnceValue(api.node.FormerBalances)
	return func(id string) (string, uint8, bool) {
		if a := api.node.Accounts().Find(id); a != nil {
			return a.AssetCode, a.AssetScale, true
		}
		for _, f := range former() {
			if f.AccountID == id {
				return f.AssetCode, f.AssetScale, true
			}
		}
		return "", 0, false
	}
}

// postMove moves a stored balance that no account has to an account.
func (api *API) postMove(w http.ResponseWriter, r *request) error {
	fields := r.object()
	from, ok := stringOf(fields["from"])
	to, ok2 := stringOf(fields["to"])
	if !ok || !ok2 {
		return errorf(http.StatusBadRequest, `the body needs "from", the id of a former account, and "to", the id of an account`)
	}
	reason, err := reasonOf(fields)
	if err == nil {
		err = api.checkLoaded()
	}
	if err != nil {
		return err
	}
	if api.node.Accounts().Find(to) == nil {
		return unknownAccount(to)
	}
	c := api.newChange(r, audit.MoveBalance, to)
	c.Reason, c.Details["from"] = reason, from
	err = api.node.MoveBalance(c, from)
	r.audited = !errors.Is(err, ErrNotOpen)
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
