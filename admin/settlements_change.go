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

// resolveTimeout bounds the time until the outcome of a settlement is stored.
const resolveTimeout = 20 * time.Second

// postSettlement begins to pay all that we owe to an account. It does not wait for the end.
// With "writeOff" it takes our debt off the balance of an account that nothing pays.
func (api *API) postSettlement(w http.ResponseWriter, r *request) error {
	fields := r.object()
	id, ok := stringOf(fields["accountId"])
	if !ok {
		return errorf(http.StatusBadRequest, `the body needs the "accountId"`)
	}
	reason, err := reasonOf(fields)
	var writeOff bool
	if err == nil {
		writeOff, err = boolOf(fields, "writeOff")
	}
	if err == nil {
		err = api.checkLoaded()
	}
	if err != nil {
		return err
	}
	if api.node.Accounts().Find(id) == nil {
		return unknownAccount(id)
	}
	if writeOff {
		c := api.newChange(r, audit.WriteOff, id)
		c.Reason = reason
		if err := api.node.WriteOff(c); err != nil {
			return cannotSettle(id, err)
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	c := api.newChange(r, audit.Settle, id)
	c.Reason = reason
	if err := api.makeChange(r, c, func() error { return api.node.SettleNow(id) }); err != nil {
		return cannotSettle(id, err)
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// boolOf returns a field that is true or false. It is false if the request does not have it.
func boolOf(fields map[string]json.RawMessage, name string) (value bool, err error) {
	if field, there := fields[name]; there && json.Unmarshal(field, &value) != nil {
		return false, errorf(http.StatusBadRequest, `the %q is not true or false`, name)
	}
	return value, nil
}

// cannotSettle returns the answer to an error of SettleNow or WriteOff.
func cannotSettle(id string, err error) error {
	below, isBelow := errors.AsType[*settle.BelowUnitError](err)
	booked, isBooked := errors.AsType[*settle.BookedError](err)
	switch {
	case isBooked:
		return errorf(http.StatusConflict, "we owe nothing to %[1]s on the books: entry %[2]s booked the latest debt, %[3]s, at %[4]s; "+
			"nothing has sent that money, so pay it by hand if you have not; 'ilp-connector settlements %[1]s' lists all entries",
			id, booked.Latest.ID, booked.Latest.Amount, booked.Latest.Created.UTC().Format(time.RFC3339))
	case isBelow:
		return errorf(http.StatusConflict, "we owe %s %s, and the engine pays in units of %s: the debt can be paid when it is that large",
			id, below.Owed, below.Unit)
	case errors.Is(err, settle.ErrNoAccount):
		return errorf(http.StatusConflict, "account %s cannot settle: it needs a balance", id)
	case errors.Is(err, settle.ErrOutOfBand):
		return errorf(http.StatusConflict, "nothing pays %[1]s: it has no settlementEngine, and its plugin moves no money; configure an engine, "+
			"or pay by hand and then book that with 'ilp-connector settle %[1]s --write-off', in the API \"writeOff\": true", id)
	case errors.Is(err, settle.ErrPays):
		return errorf(http.StatusConflict, "account %s has a settlement engine or a plugin that pays, so nothing is written off: "+
			"settle without writeOff, or enter what was paid by hand with 'ilp-connector balance adjust'", id)
	case errors.Is(err, settle.ErrNothingOwed):
		return errorf(http.StatusConflict, "we owe nothing to %s that could be settled", id)
	case errors.Is(err, settle.ErrNeedsOperator):
		return errorf(http.StatusConflict, "the outcome of a settlement of %s is unknown, and the connector no longer asks for it: "+
			"find out whether it was paid, and record that with POST /settlements/%s/ID or 'ilp-connector settlements resolve'", id, id)
	case errors.Is(err, settle.ErrUnknown):
		return errorf(http.StatusConflict, "the outcome of a settlement of %s is unknown, and no other can begin before it is known; "+
			"the connector asks for it again now", id)
	case errors.Is(err, settle.ErrBroken):
		return errorf(http.StatusServiceUnavailable, "%v", settle.ErrBroken)
	}
	return err
}

// postResolution records the outcome of a settlement whose outcome is unknown.
func (api *API) postResolution(w http.ResponseWriter, r *request) error {
	account, escaped, _ := strings.Cut(r.rest, "/")
	id, err := url.PathUnescape(escaped) // an account id has no escapes
	if err != nil || account == "" || id == "" {
		return errorf(http.StatusBadRequest, "the path needs an account and the id of a settlement, as in /settlements/alice/ID")
	}
	paid, reason, err := resolution(r.object())
	if err == nil {
		err = api.checkLoaded()
	}
	if err != nil {
		return err
	}
	s, err := api.unknownSettlement(account, id)
	if err != nil {
		return err
	}
	c := api.newChange(r, audit.ResolveSettlement, account)
	c.Reason = reason
	c.Details["settlement"] = id
	c.Details["paid"] = strconv.FormatBool(paid)
	c.Details["amount"] = s.Amount.String()
	ctx, cancel := context.WithTimeout(r.Context(), resolveTimeout)
	defer cancel()
	err = api.makeChange(r, c, func() error { return api.node.ResolveSettlement(ctx, account, id, paid) })
	switch {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
		return nil
	case errors.Is(err, settle.ErrNotUnknown), errors.Is(err, settle.ErrNoAccount): // it has ended in the meantime
		if _, ended := api.unknownSettlement(account, id); ended != nil {
			return ended
		}
		return errorf(http.StatusConflict, "another request resolves settlement %s of %s right now", id, account)
	case errors.Is(err, settle.ErrBroken):
		return errorf(http.StatusServiceUnavailable, "%v", settle.ErrBroken)
	case errors.Is(err, context.DeadlineExceeded):
		return errorf(http.StatusGatewayTimeout, "the outcome is not stored yet, but may still be: look at GET /settlements")
	}
	return err
}

// resolution returns the outcome that the operator gives, and how the operator knows it.
func resolution(fields map[string]json.RawMessage) (paid bool, reason string, err error) {
	var said *bool
	if json.Unmarshal(fields["paid"], &said) != nil || said == nil {
		return false, "", errorf(http.StatusBadRequest, `the body needs "paid", true or false`)
	}
	reason, err = reasonOf(fields)
	if err == nil && reason == "" {
		err = errorf(http.StatusBadRequest, `the body needs a "reason": how you know whether it was paid`)
	}
	return *said, reason, err
}

// unknownSettlement returns a settlement whose outcome is unknown. If there is none of that
// id, or its outcome is known, it returns an error.
func (api *API) unknownSettlement(account, id string) (settle.Settlement, error) {
	if !api.known(account) {
		return settle.Settlement{}, unknownAccount(account)
	}
	all := api.node.Settlements(account)
	i := slices.IndexFunc(all, func(s settle.Settlement) bool { return s.ID == id })
	switch {
	case i < 0:
		return settle.Settlement{}, errorf(http.StatusNotFound, "account %s has no settlement %.40q", account, id)
	case all[i].State != settle.Unknown:
		return settle.Settlement{}, errorf(http.StatusConflict, "settlement %s of %s is %s; only an unknown one can be resolved", id, account, all[i].State)
	}
	return all[i], nil
}

// unknownAccount returns the error for an account that does not exist, in the endpoints that
// the reference does not have.
func unknownAccount(id string) error {
	return errorf(http.StatusNotFound, "unknown account id. accountId=%.80s", id)
}
