package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// RatesQuery selects exchange rates.
type RatesQuery struct {
	// From and To are the accounts of the rates, empty for all.
	From, To string
	// After is the account behind which a page begins, and Limit how many accounts are on it. 0 is
	// as many as the connector shows at once.
	After string
	Limit int
	// Reasons asks why pairs have no rate.
	Reasons bool
}

// RatesPath returns the path of the rates of a query.
func RatesPath(q RatesQuery) string {
	values := make(url.Values)
	for name, value := range map[string]string{"from": q.From, "to": q.To, "after": q.After} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if q.Limit > 0 {
		values.Set("limit", strconv.Itoa(q.Limit))
	}
	if q.Reasons {
		values.Set("reasons", "true")
	}
	if len(values) == 0 {
		return "/rates"
	}
	return "/rates?" + values.Encode()
}

// Rates returns the exchange rates between accounts.
func (c *Client) Rates(ctx context.Context, q RatesQuery) (Rates, error) {
	return get[Rates](ctx, c, RatesPath(q))
}

// ExplainRate returns how the rate from an account or a currency to another comes about. The amount,
// in base units, is converted as an example. If it is empty, that is one unit.
func (c *Client) ExplainRate(ctx context.Context, from, to, amount string) (RateExplanation, error) {
	values := url.Values{"from": {from}, "to": {to}}
	if amount != "" {
		values.Set("amount", amount)
	}
	return get[RateExplanation](ctx, c, "/rates/explain?"+values.Encode())
}

// RateOverrides returns the pins and pauses of rates, and the prices that are held back.
func (c *Client) RateOverrides(ctx context.Context) (RateOverrides, error) {
	return get[RateOverrides](ctx, c, "/rates/overrides")
}

// PinRate sets the price of a pair, a decimal number or a fraction. Force allows a currency that no
// account has, and a price far from that of the sources. A restart forgets an ephemeral pin. The
// audit log gets the reason, which may be empty.
func (c *Client) PinRate(ctx context.Context, pair RatePair, price, reason string, force, ephemeral bool) (p PinnedRate, err error) {
	body := struct {
		RatePair
		Price  string `json:"price"`
		Reason string `json:"reason,omitempty"`
	}{pair, price, reason}
	return p, c.exchange(ctx, http.MethodPost, "/rates/pins"+switches(force, ephemeral), body, &p)
}

// UnpinRate ends a pin, and returns it as it was.
func (c *Client) UnpinRate(ctx context.Context, pair RatePair, reason string) (p RatePin, err error) {
	return p, c.exchange(ctx, http.MethodDelete, "/rates/pins?"+pairQuery(pair, reason), nil, &p)
}

// PauseRate makes a pair have no rate, in both directions. Force allows a currency that no account
// has.
func (c *Client) PauseRate(ctx context.Context, pair RatePair, reason string, force, ephemeral bool) error {
	body := struct {
		RatePair
		Reason string `json:"reason,omitempty"`
	}{pair, reason}
	return c.exchange(ctx, http.MethodPost, "/rates/pauses"+switches(force, ephemeral), body, nil)
}

// ResumeRate ends such a pause.
func (c *Client) ResumeRate(ctx context.Context, pair RatePair, reason string) error {
	return c.exchange(ctx, http.MethodDelete, "/rates/pauses?"+pairQuery(pair, reason), nil, nil)
}

// ConfirmPrice uses the price of a currency that is held back, and returns it. If price is not
// empty, no other price is used: another one may have come.
func (c *Client) ConfirmPrice(ctx context.Context, currency, price, reason string) (h HeldPrice, err error) {
	body := struct {
		Currency string `json:"currency"`
		Price    string `json:"price,omitempty"`
		Reason   string `json:"reason,omitempty"`
	}{currency, price, reason}
	return h, c.exchange(ctx, http.MethodPost, "/rates/confirm", body, &h)
}

// SetPrices sets prices of a backend that takes them, by currency, and takes away those that are
// nil.
func (c *Client) SetPrices(ctx context.Context, prices map[string]*string, reason string, ephemeral bool) (p PostedPrices, err error) {
	body := struct {
		Prices map[string]*string `json:"prices"`
		Reason string             `json:"reason,omitempty"`
	}{prices, reason}
	return p, c.exchange(ctx, http.MethodPost, "/rates/prices"+switches(false, ephemeral), body, &p)
}

func pairQuery(p RatePair, reason string) string {
	values := url.Values{"from": {p.From}, "to": {p.To}}
	if reason != "" {
		values.Set("reason", reason)
	}
	return values.Encode()
}
