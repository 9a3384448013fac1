package admin

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/rate"
)

// RateExplanation is GET /rates/explain: how the rate from one party to another comes about.
type RateExplanation struct {
	From RateParty `json:"from"`
	To   RateParty `json:"to"`
	// Price is how many whole units of the currency of To one of From is worth, before the
	// spread. It is nil if there is none.
	Price *Fraction `json:"price"`
	// PriceBy says what the price is made of: pin, prices, backend, or same currency.
	PriceBy string `json:"priceBy,omitempty"`
	// Pin is the price that an operator has set for the pair, and Pause says that one has paused
	// the pair.
	Pin    *RatePin   `json:"pin,omitempty"`
	Pause  *RatePause `json:"pause,omitempty"`
	Spread RateSpread `json:"spread"`
	// ScaleShift is the scale of To less that of From: the rate has the price times ten to it.
	ScaleShift int `json:"scaleShift"`
	// Rate is base units of To for one of From. It is nil if there is none.
	Rate    *ExactRate   `json:"rate"`
	Example *RateExample `json:"example,omitempty"`
	// Reason says why there is no rate, and Remedy what to do about it.
	Reason string `json:"reason,omitempty"`
	Remedy string `json:"remedy,omitempty"`
}

// RateParty is one end of a rate: an account, or a currency with a scale.
type RateParty struct {
	Account    string `json:"account,omitempty"`
	AssetCode  string `json:"assetCode"`
	AssetScale uint8  `json:"assetScale"`
	// Price is that of the currency, nil if it has none of its own. HeldBack is one that has
	// jumped, and is not used.
	Price    *RatePrice `json:"price,omitempty"`
	HeldBack *HeldPrice `json:"heldBack,omitempty"`

	party rate.Party
}

// RatePrice is the price of one currency: how many of its units one unit of the common base buys.
type RatePrice struct {
	Fraction
	Source string `json:"source,omitempty"`
	At     Time   `json:"at,omitzero"`
	AgeMs  int64  `json:"ageMs,omitempty"`
	// MaxAgeMs is how long after At the price may be used. It is 0 for ever.
	MaxAgeMs int64 `json:"maxAgeMs"`
	// Others are what other sources said at the same time.
	Others []RatePrice `json:"others,omitempty"`
}

// Fraction is an exact number, and the same as a decimal. The decimal is rounded to 15 digits if it
// would be long.
type Fraction struct {
	Exact   string `json:"exact"`
	Decimal string `json:"decimal"`
}

// RateSpread is a spread, and whose it is: of the node, an account or the pair.
type RateSpread struct {
	Fraction
	Of      string `json:"of"`
	Account string `json:"account,omitempty"`
}

// ExactRate is a rate as the fraction that amounts are multiplied with.
type ExactRate struct {
	Numerator   string      `json:"numerator"`
	Denominator string      `json:"denominator"`
	Decimal     json.Number `json:"decimal"` // as in GET /rates
}

// RateExample is an amount of base units, its exact product with the rate, and what is paid out.
type RateExample struct {
	Amount  string   `json:"amount"`
	Product Fraction `json:"product"`
	// Outgoing is the product without its fraction. It is empty if no packet can carry that much:
	// the packet is refused with F08.
	Outgoing string `json:"outgoing,omitempty"`
}

// getRateExplanation explains the rate from a party to another.
func (api *API) getRateExplanation(w http.ResponseWriter, r *request) error {
	query := r.URL.Query()
	pricing := api.node.Pricing()
	var f faults
	for _, name := range []string{"from", "to"} {
		if query.Get(name) == "" {
			f.add("%s is missing in the query: write the id of an account, or a currency such as EUR or EUR:9", name)
		}
	}
	var amount *uint64
	if query.Has("amount") {
		n, err := strconv.ParseUint(query.Get("amount"), 10, 64)
		if err != nil {
			f.add("amount is %.40q: write a whole number of base units, at most 18446744073709551615", query.Get("amount"))
		}
		amount = &n
	}
	if err := f.err(http.StatusBadRequest); err != nil {
		return err
	}
	from, to := api.findParty(query.Get("from"), pricing, &f), api.findParty(query.Get("to"), pricing, &f)
	if err := f.err(http.StatusNotFound); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, explainRate(from, to, amount, pricing, time.Now()))
}

// scaleOtherwise is the scale of a currency that a request names without one.
const scaleOtherwise = 9

// findParty returns the account of an id, or else the currency of a code, which may have a scale
// behind a colon.
func (api *API) findParty(name string, pricing rate.PricingState, f *faults) RateParty {
	if a := api.node.Accounts().Find(name); a != nil {
		return RateParty{Account: a.ID, AssetCode: a.AssetCode, AssetScale: a.AssetScale, party: partyOf(a)}
	}
	code, scale := name, uint8(scaleOtherwise)
	if colon := strings.LastIndexByte(name, ':'); colon > 0 {
		if n, err := strconv.ParseUint(name[colon+1:], 10, 8); err == nil {
			code, scale = name[:colon], uint8(n)
		}
	}
	if !api.knowsCurrency(code, pricing) {
		f.add("no account has the id %.80q, and no account, price or pin has such a currency: "+
			"write the id of an account, or a currency such as EUR or EUR:9", name)
	}
	return RateParty{AssetCode: code, AssetScale: scale, party: rate.Party{Asset: rate.Asset{Code: code, Scale: scale}}}
}

// knowsCurrency reports whether an account, a price or a pin has a currency.
func (api *API) knowsCurrency(code string, pricing rate.PricingState) bool {
	if api.hasAsset(code) || slices.ContainsFunc(pricing.Pins, func(p rate.Pin) bool { return p.From == code || p.To == code }) {
		return true
	}
	if _, priced := pricing.Table.Prices()[code]; priced {
		return true
	}
	return errors.As(pricing.Table.Check(code), new(*rate.MissingPrice)) // it should have a price
}

// hasAsset reports whether an account has an asset.
func (api *API) hasAsset(code string) bool {
	return slices.ContainsFunc(api.node.Accounts().All(), func(a *account.Account) bool { return a.AssetCode == code })
}

// explainRate explains the rate from a party to another, for an amount or else for one unit.
func explainRate(from, to RateParty, amount *uint64, pricing rate.PricingState, now time.Time) RateExplanation {
	x := RateExplanation{ScaleShift: int(to.AssetScale) - int(from.AssetScale)}
	pair := rate.Pair{From: from.AssetCode, To: to.AssetCode}
	if pause := pauseOf(pricing, pair); pause != nil {
		x.Pause = new(ratePause(*pause))
	}
	for _, p := range []*RateParty{&from, &to} {
		if i := slices.IndexFunc(pricing.Held, func(h rate.Held) bool { return h.Currency == p.AssetCode }); i >= 0 {
			p.HeldBack = new(heldPrice(pricing.Held[i], now))
		}
	}
	if pin := pinOf(pricing, pair); pin != nil {
		x.Pin = new(ratePin(*pin))
	}
	x.From, x.To = from, to
	e := pricing.Table.Explain(from.party, to.party)
	x.From.Price, x.To.Price = ratePrice(e.From, now), ratePrice(e.To, now)
	x.Spread = RateSpread{Fraction: fractionOf(e.Spread.Part()), Of: e.SpreadOf}
	if e.SpreadOf == "account" {
		x.Spread.Account = from.Account
		if from.party.Spread == "" {
			x.Spread.Account = to.Account
		}
	}
	if e.Price != nil {
		x.Price = new(fractionOf(e.Price))
		switch {
		case e.Pin != nil:
			x.PriceBy = "pin"
		case e.From != nil && e.To != nil:
			x.PriceBy = "prices"
		case pair.From == pair.To && x.Price.Exact == "1":
			x.PriceBy = "same currency"
		default:
			x.PriceBy = "backend"
		}
	}
	if e.Err != nil {
		x.Reason, x.Remedy = whyNoRate(e.Err, pair)
		if confirm := confirmation(e.Err, pricing.Held); confirm != "" {
			x.Remedy = confirm + ", or " + x.Remedy
		}
		return x
	}
	exact := e.Rate.Rat()
	x.Rate = &ExactRate{exact.Num().String(), exact.Denom().String(), e.Rate.Number()}
	x.Example = exampleOf(e.Rate, amount, from.AssetScale)
	return x
}

// exampleOf multiplies an amount with a rate, or else one unit of an asset of a scale.
func exampleOf(r rate.Rate, amount *uint64, scale uint8) *RateExample {
	n := uint64(1)
	for range min(scale, 19) { // 10^19 is the largest power of ten that a packet can carry
		n *= 10
	}
	if amount != nil {
		n = *amount
	}
	product := new(big.Rat).SetInt(new(big.Int).SetUint64(n))
	example := &RateExample{Amount: strconv.FormatUint(n, 10), Product: fractionOf(product.Mul(product, r.Rat()))}
	if out, fits := r.Convert(n); fits {
		example.Outgoing = strconv.FormatUint(out, 10)
	}
	return example
}

// whyNoRate says why a pair has no rate, and what to do about it.
func whyNoRate(err error, pair rate.Pair) (why, remedy string) {
	pin := fmt.Sprintf("pin the pair with 'ilp-connector rates pin %s %s PRICE'", pair.From, pair.To)
	var missing *rate.MissingPrice
	var stale *rate.StalePrice
	var unknown *rate.UnknownCurrency
	switch {
	case errors.As(err, new(*rate.PausedPair)):
		return fmt.Sprintf("an operator has paused %s", pair), fmt.Sprintf("end that with 'ilp-connector rates resume %s %s'", pair.From, pair.To)
	case errors.As(err, &missing):
		return fmt.Sprintf("%s has no price now: %s", missing.Currency, missing.Why), "wait until the source has one, or " + pin
	case errors.As(err, &stale):
		return fmt.Sprintf("the price of %s is too old: it is of %s by %s, and may be used for %s", stale.Currency,
				stale.At.UTC().Format(time.RFC3339), cmp.Or(stale.Source, "the backend"), stale.MaxAge),
			"look in the log for why the source fails, or " + pin
	case errors.As(err, &unknown):
		return "the backend has no price of " + unknown.Currency, "use a backend that has one, as docs/rates.md lists, or " + pin
	case errors.Is(err, rate.ErrNoPrices):
		return "no prices have come yet", "look in the log for why the source fails, or " + pin
	}
	return err.Error(), "correct the configuration of the accounts or of the backend"
}

// confirmation returns how to use the price that is held back while the one from before is too old,
// empty if there is no such price.
func confirmation(err error, held []rate.Held) string {
	var stale *rate.StalePrice
	if !errors.As(err, &stale) {
		return ""
	}
	i := slices.IndexFunc(held, func(h rate.Held) bool { return h.Currency == stale.Currency })
	if i < 0 {
		return ""
	}
	return fmt.Sprintf("confirm the new price, which is held back, with 'ilp-connector rates confirm %s --price %s' if it is right",
		stale.Currency, held[i].Came.Value.RatString())
}

// fractionOf shows a number.
func fractionOf(x *big.Rat) Fraction { return Fraction{x.RatString(), decimalOf(x)} }

// decimalsMax is the number of decimal places that are shown of an exact number.
const decimalsMax = 30

func decimalOf(x *big.Rat) string {
	if places, exact := x.FloatPrec(); exact && places <= decimalsMax {
		return x.FloatString(places)
	}
	if x.Sign() < 0 {
		return "-" + decimalOf(new(big.Rat).Neg(x))
	}
	r, err := rate.FromRat(x)
	if err != nil {
		return x.RatString()
	}
	return r.Number().String()
}

// ratePrice shows a price at a moment, nil if there is none.
func ratePrice(p *rate.Price, now time.Time) *RatePrice {
	if p == nil || p.Value == nil {
		return nil
	}
	shown := &RatePrice{Fraction: fractionOf(p.Value), Source: p.Source, At: Time{p.At}, MaxAgeMs: p.MaxAge.Milliseconds()}
	if !p.At.IsZero() {
		shown.AgeMs = max(0, now.Sub(p.At).Milliseconds())
	}
	for i := range p.Others {
		if other := ratePrice(&p.Others[i], now); other != nil {
			shown.Others = append(shown.Others, *other)
		}
	}
	return shown
}

// pinOf returns the pin of a pair or of the way back, nil if there is none.
func pinOf(pricing rate.PricingState, pair rate.Pair) *rate.Pin {
	if i := slices.IndexFunc(pricing.Pins, func(p rate.Pin) bool { return p.Pair.Same(pair) }); i >= 0 {
		return &pricing.Pins[i]
	}
	return nil
}

// pauseOf returns the pause of a pair, nil if there is none.
func pauseOf(pricing rate.PricingState, pair rate.Pair) *rate.Pause {
	if i := slices.IndexFunc(pricing.Paused, func(p rate.Pause) bool { return p.Pair.Same(pair) }); i >= 0 {
		return &pricing.Paused[i]
	}
	return nil
}
