package remote

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/settle"
)

// quantityMax bounds the body of a settlement.
const quantityMax = 4 << 10

// keyText refuses the key of a settlement.
const keyText = "send the header Idempotency-Key once, with 1 to 255 bytes of UTF-8 without control characters"

// settlement credits what the counterparty has paid (RFC 38, "Credit incoming
// settlement").
//
// The answer repeats the quantity of the request, because we take over all of it. What is
// less than a unit of the account is left over with us and not with the engine. By the RFC
// engines need no answer, and they differ: ilp-settlement-core 0.1.1 keeps what is missing
// in the answer, and its later versions and interledger-rs ignore the answer.
func (a *Accounting) settlement(w http.ResponseWriter, r *http.Request) {
	id, keys := r.PathValue("id"), r.Header.Values("Idempotency-Key")
	key := clipped(strings.Join(keys, ", "))
	refuse := func(status int, kind, reason string, attrs ...any) {
		a.refused(id, kind, reason, append(attrs, "key", key)...)
		http.Error(w, reason, status)
	}
	if a.Engines.Find(id) == nil {
		refuse(http.StatusNotFound, alertAccount, engineText)
		return
	}
	if len(keys) != 1 {
		refuse(http.StatusBadRequest, alertKey, keyText)
		return
	}
	if !isJSON(r) {
		refuse(http.StatusUnsupportedMediaType, alertQuantity, "send a quantity with Content-Type: application/json")
		return
	}
	body, status, err := bodyOf(w, r, quantityMax)
	if err != nil {
		refuse(status, alertQuantity, err.Error())
		return
	}
	amount, scale, err := parseQuantity(body)
	if err != nil {
		kind := alertQuantity
		if errors.Is(err, balance.ErrOutOfRange) {
			kind = alertRange
		}
		refuse(http.StatusBadRequest, kind, err.Error(), "quantity", clipped(string(body)))
		return
	}
	receipt := settle.Receipt{ID: keys[0], Amount: amount, Scale: scale}
	_, err = a.Receiver.Receive(id, receipt)
	a.credited(w, id, receipt, err)
}

// credited answers an engine after Receive has returned err.
//
// If it is unknown whether the settlement was credited, credited breaks the connection
// instead. Then the engine asks again with the same key. After an error status,
// ilp-settlement-core would add the amount to its next settlement, under another key.
//
// If the key was used for another amount, the answer is the first amount, which was
// credited. The engine must send the rest under another key.
func (a *Accounting) credited(w http.ResponseWriter, id string, r settle.Receipt, err error) {
	refuse := func(status int, kind, reason string) {
		a.refused(id, kind, reason, "amount", r.Amount, "scale", r.Scale, "key", clipped(r.ID))
		http.Error(w, reason, status)
	}
	reused, isReused := errors.AsType[*settle.ReusedError](err)
	switch {
	case err == nil:
		a.admitted(id)
		writeQuantity(w, http.StatusCreated, r)
	case isReused:
		a.trace.write(a.Log, slog.LevelWarn, kindReused, "account", id,
			"key", r.ID, "amount", r.Amount, "scale", r.Scale, "first", reused.First.Amount, "firstScale", reused.First.Scale)
		writeQuantity(w, http.StatusConflict, reused.First)
	case errors.Is(err, settle.ErrNoAccount):
		refuse(http.StatusNotFound, alertAccount, err.Error())
	case errors.Is(err, settle.ErrReceiptID):
		refuse(http.StatusBadRequest, alertKey, keyText)
	case errors.Is(err, settle.ErrBusy):
		w.Header().Set("Retry-After", "1")
		refuse(http.StatusServiceUnavailable, alertBusy, err.Error())
	case errors.Is(err, balance.ErrOutOfRange):
		refuse(http.StatusBadRequest, alertRange, err.Error())
	default:
		a.trace.write(a.Log, slog.LevelError, kindUnknown, "account", id, "error", err)
		panic(http.ErrAbortHandler)
	}
}

func writeQuantity(w http.ResponseWriter, status int, r settle.Receipt) {
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	_, _ = w.Write(marshal(quantity{r.Amount.String(), r.Scale}))
}
