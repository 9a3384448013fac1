package remote

import (
	"errors"
	"net/http"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/settle"
)

// quantityMax bounds the body of a settlement.
const quantityMax = 4 << 10

// keyText says what is wrong with the key of a settlement.
const keyText = "the header Idempotency-Key must be there once, with 1 to 255 bytes of UTF-8 without control characters"

// settlement credits what the counterparty has paid (RFC 38, "Credit incoming
// settlement").
//
// The answer is the quantity as it was told: all of it is taken over. What does not make
// a whole unit of the account is left over with us and not with the engine, for the RFC
// has engines expect no answer, and they differ: ilp-settlement-core 0.1.1 keeps what the
// answer lacks, its later versions and interledger-rs do not look.
func (a *Accounting) settlement(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if !a.known(w, id) {
		return
	}
	keys := r.Header.Values("Idempotency-Key")
	if len(keys) != 1 {
		http.Error(w, keyText, http.StatusBadRequest)
		return
	}
	if !isJSON(r) {
		http.Error(w, "send a quantity with Content-Type: application/json", http.StatusUnsupportedMediaType)
		return
	}
	body, ok := bodyOf(w, r, quantityMax)
	if !ok {
		return
	}
	amount, scale, err := parseQuantity(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	receipt := settle.Receipt{ID: keys[0], Amount: amount, Scale: scale}
	_, err = a.Receiver.Receive(id, receipt)
	a.credited(w, id, receipt, err)
}

// credited answers an engine once its settlement is credited, or not.
//
// If nobody knows whether it is, there is no answer: the connection breaks. After that
// an engine asks again with the same key, whereas after an error ilp-settlement-core
// adds the amount to the next one, under another key.
//
// A key that was used for another amount is answered with the first: so much was
// credited for it, and the rest is still the engine's to tell.
func (a *Accounting) credited(w http.ResponseWriter, id string, r settle.Receipt, err error) {
	reused, isReused := errors.AsType[*settle.ReusedError](err)
	switch {
	case err == nil:
		writeQuantity(w, http.StatusCreated, r)
	case isReused:
		a.Log.Warn("a settlement engine used a key again, for another amount", "account", id,
			"key", r.ID, "amount", r.Amount, "scale", r.Scale, "first", reused.First.Amount, "firstScale", reused.First.Scale)
		writeQuantity(w, http.StatusConflict, reused.First)
	case errors.Is(err, settle.ErrNoAccount):
		http.Error(w, err.Error(), http.StatusNotFound)
	case errors.Is(err, settle.ErrReceiptID):
		http.Error(w, keyText, http.StatusBadRequest)
	case errors.Is(err, settle.ErrBusy):
		w.Header().Set("Retry-After", "1")
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	case errors.Is(err, balance.ErrOutOfRange):
		http.Error(w, err.Error(), http.StatusBadRequest)
	default:
		a.Log.Error("a settlement may not be credited, and its engine must ask again", "account", id, "error", err)
		panic(http.ErrAbortHandler)
	}
}

func writeQuantity(w http.ResponseWriter, status int, r settle.Receipt) {
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	_, _ = w.Write(marshal(quantity{r.Amount.String(), r.Scale}))
}
