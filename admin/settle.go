package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/settle"
)

// resolvePatience is how long the end of a settlement may take to be written down.
const resolvePatience = 20 * time.Second

// postSettlement begins to settle all that an account owes. It does not wait for that.
func (api *API) postSettlement(w http.ResponseWriter, r *request) error {
	fields := r.fields()
	id, ok := text(fields["accountId"])
	if !ok {
		return refusal(http.StatusBadRequest, `the body needs the "accountId"`)
	}
	reason, err := reasonOf(fields)
	if err == nil {
		err = api.loaded()
	}
	if err != nil {
		return err
	}
	if api.node.Accounts().Find(id) == nil {
		return unknownAccount(id)
	}
	c := api.asked(r, audit.Settle, id)
	c.Reason = reason
	if err := api.change(c, func() error { return api.node.SettleNow(id) }); err != nil {
		return cannotSettle(id, err)
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// cannotSettle says why nothing is settled now.
func cannotSettle(id string, err error) error {
	switch {
	case errors.Is(err, settle.ErrNoAccount):
		return refusal(http.StatusConflict, "account %s does not settle: it has no balance, or nobody who pays", id)
	case errors.Is(err, settle.ErrNothingOwed):
		return refusal(http.StatusConflict, "nothing is owed to %s that could be settled", id)
	case errors.Is(err, settle.ErrNeedsOperator):
		return refusal(http.StatusConflict, "it is not known how a settlement of %s ended, and it is not asked about any more: "+
			"find out, and say how it ended with POST /settlements/%s/ID or 'ilp-connector settlements resolve'", id, id)
	case errors.Is(err, settle.ErrUnknown):
		return refusal(http.StatusConflict, "it is not known how a settlement of %s ended, and there is no other until it is; "+
			"it is asked about again now", id)
	case errors.Is(err, settle.ErrBroken):
		return refusal(http.StatusServiceUnavailable, "%v", settle.ErrBroken)
	}
	return err
}

// postResolution ends a settlement whose outcome is unknown, as the operator says.
func (api *API) postResolution(w http.ResponseWriter, r *request) error {
	account, escaped, _ := strings.Cut(r.rest, "/")
	id, err := url.PathUnescape(escaped) // an account's id needs no escapes
	if err != nil || account == "" || id == "" {
		return refusal(http.StatusBadRequest, "the path needs an account and the id of a settlement, as in /settlements/alice/ID")
	}
	paid, reason, err := verdict(r.fields())
	if err == nil {
		err = api.loaded()
	}
	if err != nil {
		return err
	}
	s, err := api.unknown(account, id)
	if err != nil {
		return err
	}
	c := api.asked(r, audit.ResolveSettlement, account)
	c.Reason = reason
	c.Details["settlement"] = id
	c.Details["paid"] = strconv.FormatBool(paid)
	c.Details["amount"] = s.Amount.String()
	ctx, cancel := context.WithTimeout(r.Context(), resolvePatience)
	defer cancel()
	err = api.change(c, func() error { return api.node.ResolveSettlement(ctx, account, id, paid) })
	switch {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
		return nil
	case errors.Is(err, settle.ErrNotUnknown), errors.Is(err, settle.ErrNoAccount): // it has just ended
		if _, ended := api.unknown(account, id); ended != nil {
			return ended
		}
		return refusal(http.StatusConflict, "settlement %s of %s is being resolved already", id, account)
	case errors.Is(err, settle.ErrBroken):
		return refusal(http.StatusServiceUnavailable, "%v", settle.ErrBroken)
	case errors.Is(err, context.DeadlineExceeded):
		return refusal(http.StatusGatewayTimeout, "it is not written down yet, and may still be: look at GET /settlements")
	}
	return err
}

// verdict is what an operator says of a settlement, and why.
func verdict(fields map[string]json.RawMessage) (paid bool, reason string, err error) {
	var said *bool
	if json.Unmarshal(fields["paid"], &said) != nil || said == nil {
		return false, "", refusal(http.StatusBadRequest, `the body needs "paid", true or false`)
	}
	reason, err = reasonOf(fields)
	if err == nil && reason == "" {
		err = refusal(http.StatusBadRequest, `the body needs a "reason": how you know whether it was paid`)
	}
	return *said, reason, err
}

// unknown is a settlement whose outcome is unknown, or an error that says what it is.
func (api *API) unknown(account, id string) (settle.Settlement, error) {
	if api.node.Accounts().Find(account) == nil {
		return settle.Settlement{}, unknownAccount(account)
	}
	all := api.node.Settlements(account)
	i := slices.IndexFunc(all, func(s settle.Settlement) bool { return s.ID == id })
	switch {
	case i < 0:
		return settle.Settlement{}, refusal(http.StatusNotFound, "account %s has no settlement %.40q", account, id)
	case all[i].State != settle.Unknown:
		return settle.Settlement{}, refusal(http.StatusConflict, "settlement %s of %s is %s; only one that is unknown can be resolved", id, account, all[i].State)
	}
	return all[i], nil
}

// unknownAccount says that there is no account of an id, where the reference has no
// words and no status for it.
func unknownAccount(id string) error {
	return refusal(http.StatusNotFound, "unknown account id. accountId=%.80s", id)
}
