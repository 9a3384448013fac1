package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/rate"
)

// RateOverrides is GET /rates/overrides: what operators do with the rates, or should look at.
type RateOverrides struct {
	// Source and At are those of the prices that are traded at.
	Source string      `json:"source,omitempty"`
	At     Time        `json:"at,omitzero"`
	Pins   []RatePin   `json:"pins"`
	Pauses []RatePause `json:"pauses"`
	Held   []HeldPrice `json:"held"`
}

// RatePair is a pair of currencies. What holds for it holds for the way back too.
type RatePair struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// RatePin is the price that an operator has set for a pair.
type RatePin struct {
	RatePair
	Price Fraction `json:"price"` // whole units of To for one of From
	RateOverride
}

// RatePause is a pair that an operator has given no rate.
type RatePause struct {
	RatePair
	RateOverride
}

// RateOverride says when and why an operator has overridden a rate.
type RateOverride struct {
	At     Time   `json:"at,omitzero"`
	Reason string `json:"reason,omitempty"`
	// By is the address of the operator's client, as in the audit log.
	By        string `json:"by,omitempty"`
	Ephemeral bool   `json:"ephemeral,omitempty"` // a restart forgets it
}

// PinnedRate is the answer to a pin.
type PinnedRate struct {
	RatePin
	// Before is the price of the pair before, nil if it had none.
	Before *Fraction `json:"before"`
}

// HeldPrice is a price that has jumped, and is not used before an operator or another source has
// confirmed it. Used is the one from before, which is used.
type HeldPrice struct {
	Currency string    `json:"currency"`
	Used     RatePrice `json:"used"`
	Came     RatePrice `json:"came"`
	Since    Time      `json:"since"`
}

// PostedPrices is the answer to prices that were set. Those that were taken away are nil.
type PostedPrices struct {
	Prices map[string]*Fraction `json:"prices"`
}

func ratePin(p rate.Pin) RatePin {
	return RatePin{RatePair(p.Pair), fractionOf(p.Price), rateOverride(p.Override)}
}

func ratePause(p rate.Pause) RatePause { return RatePause{RatePair(p.Pair), rateOverride(p.Override)} }

func rateOverride(o rate.Override) RateOverride {
	return RateOverride{At: Time{o.At}, Reason: o.Reason, By: o.By, Ephemeral: o.Ephemeral}
}

func heldPrice(h rate.Held, now time.Time) HeldPrice {
	shown := HeldPrice{Currency: h.Currency, Since: Time{h.Since}}
	for p, into := range map[*rate.Price]*RatePrice{&h.Used: &shown.Used, &h.Came: &shown.Came} {
		if price := ratePrice(p, now); price != nil {
			*into = *price
		}
	}
	return shown
}

func (api *API) getRateOverrides(w http.ResponseWriter, _ *request) error {
	pricing, now := api.node.Pricing(), time.Now()
	shown := RateOverrides{
		Source: pricing.Table.Source, At: Time{pricing.Table.At}, Pins: []RatePin{}, Pauses: []RatePause{}, Held: []HeldPrice{},
	}
	for _, p := range pricing.Pins {
		shown.Pins = append(shown.Pins, ratePin(p))
	}
	for _, p := range pricing.Paused {
		shown.Pauses = append(shown.Pauses, ratePause(p))
	}
	for _, h := range pricing.Held {
		shown.Held = append(shown.Held, heldPrice(h, now))
	}
	return writeJSON(w, http.StatusOK, shown)
}

// postPin pins the price of a pair.
func (api *API) postPin(w http.ResponseWriter, r *request) error {
	b := bodyOf(r, "from", "to", "price", "reason")
	pair, price, reason := b.pair(), b.price("price", b.fields["price"]), b.reason()
	e, err := api.rateEdit(r, audit.PinRate, b.faults, reason)
	if err == nil {
		err = api.checkPair(e, pair)
	}
	if err != nil {
		return err
	}
	var before *Fraction
	party := func(code string) rate.Party { return rate.Party{Asset: rate.Asset{Code: code}} }
	x := api.node.Pricing().Table.Explain(party(pair.From), party(pair.To))
	if x.Price != nil {
		before = new(fractionOf(x.Price))
	}
	if x.From != nil && x.To != nil && !e.Force {
		if market := new(big.Rat).Quo(x.To.Value, x.From.Value); farApart(price, market) {
			return Conflict(fmt.Sprintf("the price of %s is %s by its sources, and %s is more than twice as much or less than half: "+
				"check the number and the direction, or insist with force=true", pair, decimalOf(market), decimalOf(price)))
		}
	}
	e.Details["from"], e.Details["to"], e.Details["price"] = pair.From, pair.To, price.RatString()
	var pin rate.Pin
	err = api.changeRate(r, e, func() (err error) {
		pin, err = api.node.PinRate(e, pair, price)
		return err
	})
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, PinnedRate{ratePin(pin), before})
}

// farApart reports whether one of two prices is more than twice the other.
func farApart(a, b *big.Rat) bool {
	twice := func(x *big.Rat) *big.Rat { return new(big.Rat).Add(x, x) }
	return a.Cmp(twice(b)) > 0 || b.Cmp(twice(a)) > 0
}

// deletePin ends a pin, and answers with it as it was.
func (api *API) deletePin(w http.ResponseWriter, r *request) error {
	pair, e, err := api.pairOfQuery(r, audit.UnpinRate)
	if err != nil {
		return err
	}
	pin := pinOf(api.node.Pricing(), pair)
	if pin == nil {
		return errorf(http.StatusNotFound, "%s is not pinned", pair)
	}
	e.Details["price"] = pin.Price.RatString()
	err = api.changeRate(r, e, func() error { return api.node.UnpinRate(e, pin.Pair) })
	if errors.Is(err, ErrNoPin) {
		return errorf(http.StatusNotFound, "%s is not pinned", pair)
	}
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, ratePin(*pin))
}

// postPairPause makes a pair have no rate.
func (api *API) postPairPause(w http.ResponseWriter, r *request) error {
	b := bodyOf(r, "from", "to", "reason")
	pair, reason := b.pair(), b.reason()
	e, err := api.rateEdit(r, audit.PauseRate, b.faults, reason)
	if err == nil {
		err = api.checkPair(e, pair)
	}
	if err != nil {
		return err
	}
	e.Details["from"], e.Details["to"] = pair.From, pair.To
	var pause rate.Pause
	err = api.changeRate(r, e, func() (err error) {
		pause, err = api.node.PauseRate(e, pair)
		return err
	})
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, ratePause(pause))
}

// deletePairPause ends such a pause, and answers with it as it was.
func (api *API) deletePairPause(w http.ResponseWriter, r *request) error {
	pair, e, err := api.pairOfQuery(r, audit.ResumeRate)
	if err != nil {
		return err
	}
	pause := pauseOf(api.node.Pricing(), pair)
	if pause == nil {
		return errorf(http.StatusNotFound, "%s is not paused", pair)
	}
	err = api.changeRate(r, e, func() error { return api.node.ResumeRate(e, pause.Pair) })
	if errors.Is(err, ErrNoPin) {
		return errorf(http.StatusNotFound, "%s is not paused", pair)
	}
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, ratePause(*pause))
}

// postConfirmation uses a price that is held back, and answers with it. If the request has a price,
// it is the one that the operator has seen: no other is used.
func (api *API) postConfirmation(w http.ResponseWriter, r *request) error {
	b := bodyOf(r, "currency", "price", "reason")
	currency, reason := b.currency("currency"), b.reason()
	var seen *big.Rat
	if field := b.fields["price"]; field != nil {
		seen = b.price("price", field)
	}
	e, err := api.rateEdit(r, audit.ConfirmPrice, b.faults, reason)
	if err != nil {
		return err
	}
	e.Details["currency"] = currency
	notHeld := Conflict(fmt.Sprintf("no price of %.20q is held back: GET /rates/overrides shows those that are", currency))
	pricing := api.node.Pricing()
	i := slices.IndexFunc(pricing.Held, func(h rate.Held) bool { return h.Currency == currency })
	if i < 0 {
		return notHeld
	}
	held := pricing.Held[i]
	if seen != nil && seen.Cmp(held.Came.Value) != 0 {
		return Conflict(fmt.Sprintf("the price of %.20q that is held back is %s, and not %s: another one has come, so look at GET /rates/overrides again",
			currency, held.Came.Value.RatString(), seen.RatString()))
	}
	if err := api.changeRate(r, e, func() (err error) {
		held, err = api.node.ConfirmPrice(e, currency, seen)
		return err
	}); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, heldPrice(held, time.Now()))
}

// postedMax bounds the prices that one request sets.
const postedMax = 100

// postPrices sets prices of a backend that takes them.
func (api *API) postPrices(w http.ResponseWriter, r *request) error {
	b := bodyOf(r, "prices", "reason")
	var texts map[string]json.RawMessage
	if json.Unmarshal(b.fields["prices"], &texts) != nil || len(texts) == 0 || len(texts) > postedMax {
		b.faults.add(`prices is no object with 1 to %d currencies: write {"EUR": "0.92"}, or null instead of a price that goes`, postedMax)
		texts = nil
	}
	prices, shown := make(map[string]*big.Rat), PostedPrices{make(map[string]*Fraction)}
	for _, currency := range slices.Sorted(maps.Keys(texts)) {
		checkCurrency("prices", currency, &b.faults)
		prices[currency], shown.Prices[currency] = nil, nil
		if string(texts[currency]) == "null" {
			continue
		}
		if price := b.price("prices."+currency, texts[currency]); price != nil {
			prices[currency], shown.Prices[currency] = price, new(fractionOf(price))
		}
	}
	e, err := api.rateEdit(r, audit.SetPrices, b.faults, b.reason())
	if err != nil {
		return err
	}
	for currency, price := range prices {
		e.Details["price of "+currency] = "none"
		if price != nil {
			e.Details["price of "+currency] = price.RatString()
		}
	}
	if err := api.changeRate(r, e, func() error { return api.node.SetPrices(e, prices) }); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, shown)
}

// changeRate makes a change of the rates, and notes whether the audit log knows of it.
func (api *API) changeRate(r *request, e Edit, do func() error) error {
	err := do()
	r.audited = !errors.Is(err, audit.ErrUnwritable) && !errors.Is(err, ErrNotOpen)
	if err != nil && !errors.Is(err, ErrNoPin) {
		return fmt.Errorf("%s: %w", e.What, err)
	}
	return err
}

// rateEdit returns the change that a request asks for, or an error with all faults.
func (api *API) rateEdit(r *request, what audit.What, f faults, reason string) (Edit, error) {
	e, err := api.newEdit(r, what, "")
	if err != nil {
		f.add("%s", strings.TrimPrefix(err.Error(), "Error: "))
	}
	e.Reason = reason
	return e, f.err(http.StatusBadRequest)
}

// pairOfQuery returns the pair that the query of a request names, and the change that it asks for.
func (api *API) pairOfQuery(r *request, what audit.What) (pair rate.Pair, e Edit, err error) {
	q := r.URL.Query()
	pair = rate.Pair{From: q.Get("from"), To: q.Get("to")}
	var f faults
	checkCurrency("from", pair.From, &f)
	checkCurrency("to", pair.To, &f)
	reason := strings.TrimSpace(q.Get("reason"))
	if len(reason) > audit.ReasonMax {
		f.add("the reason has %d bytes, more than %d", len(reason), audit.ReasonMax)
	}
	e, err = api.rateEdit(r, what, f, reason)
	if err == nil {
		e.Details["from"], e.Details["to"] = pair.From, pair.To
	}
	return pair, e, err
}

// checkPair returns a Conflict if no account has one of the currencies: it may be a slip. Force
// allows it.
func (api *API) checkPair(e Edit, pair rate.Pair) error {
	var f faults
	for _, code := range []string{pair.From, pair.To} {
		if !e.Force && !api.hasAsset(code) {
			f.add("no account has the asset %.20q: check the code, or insist with force=true", code)
		}
	}
	return f.err(http.StatusConflict)
}
