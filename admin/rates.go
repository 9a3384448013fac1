package admin

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/rate"
)

// Rates is GET /rates: the worth of one base unit of the outer account, in base units of
// the inner account.
type Rates = OrderedMap[OrderedMap[RateOrNot]]

// RateOrNot is a rate, or why there is none.
type RateOrNot struct {
	Rate *json.Number // nil if there is none
	// Reason says why there is none, if the request asks for reasons.
	Reason string
}

// MarshalJSON returns the rate as a number, and a reason as a string. Without both it is null.
func (r RateOrNot) MarshalJSON() ([]byte, error) {
	switch {
	case r.Rate != nil:
		return []byte(*r.Rate), nil
	case r.Reason != "":
		return encode(r.Reason)
	}
	return []byte(noRate), nil
}

// UnmarshalJSON reads the same.
func (r *RateOrNot) UnmarshalJSON(text []byte) error {
	*r = RateOrNot{}
	if reason, is := stringOf(text); is {
		r.Reason = reason
		return nil
	}
	return json.Unmarshal(text, &r.Rate)
}

// noRate stands for a rate that is not there.
const noRate = "null"

// errNoRates means that no prices have come yet, and that nothing can be traded without.
var errNoRates = errors.New("exchange rates are not available yet.") //nolint:staticcheck // the text packets are refused with

// pairsMax bounds the rates in one answer: those between 1,000 accounts. They take about 30 MB.
const pairsMax = 1_000_000

// ratesAsked is what a request for rates asks for: those from each account to each other.
type ratesAsked struct {
	from, to []*account.Account
	reasons  bool
}

// askedRates reads the query of a request for rates. Without one it asks for all of them.
func (api *API) askedRates(r *request) (a ratesAsked, err error) {
	query := r.URL.Query()
	a.from = api.node.Accounts().All()
	a.to = a.from
	var f faults
	if text := query.Get("reasons"); text != "" {
		if a.reasons, err = strconv.ParseBool(text); err != nil {
			f.add("reasons in the query is %.20q, not true or false", text)
		}
	}
	limit, err := r.count("limit", pairsMax, pairsMax)
	if err != nil {
		f.add("limit is not a number from 1 to %d", pairsMax)
	}
	paged := query.Has("limit") || query.Has("after")
	if paged && query.Get("from") != "" {
		f.add("from names one account, so there are no pages: leave out limit and after")
	}
	if from := query.Get("from"); from != "" && from == query.Get("to") {
		f.add("there is no rate from %.80s to itself: name two accounts", from)
	}
	if err := f.err(http.StatusBadRequest); err != nil {
		return a, err
	}
	for name, accounts := range map[string]*[]*account.Account{"from": &a.from, "to": &a.to} {
		id := query.Get(name)
		if id == "" {
			continue
		}
		found := api.node.Accounts().Find(id)
		if found == nil {
			return a, unknownAccount(id)
		}
		*accounts = []*account.Account{found}
	}
	if after := query.Get("after"); after != "" {
		at := slices.IndexFunc(a.from, func(a *account.Account) bool { return a.ID == after })
		if at < 0 {
			return a, unknownAccount(after)
		}
		a.from = a.from[at+1:]
	}
	if rows := pairsMax / max(1, len(a.to)); paged {
		a.from = a.from[:min(len(a.from), limit, max(1, rows))]
	}
	if pairs := len(a.from) * len(a.to); pairs > pairsMax && len(a.from) > 1 {
		return a, errorf(http.StatusBadRequest, "these are the rates of %d pairs of accounts, more than %d: "+
			"name an account with from or to, or read page after page with limit, and after with the last account of the page before", pairs, pairsMax)
	}
	return a, nil
}

// getRates writes a rate for each pair of accounts. There are many pairs of accounts, but
// few pairs of assets. So it computes the rates of the latter before the first byte, and
// then holds only one row of the document in memory.
func (api *API) getRates(w http.ResponseWriter, r *request) error {
	asked, err := api.askedRates(r)
	if err != nil {
		return err
	}
	numbers, err := numbersBetween(asked, api.node.Pricing().Table)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	line := []byte{'{'}
	for i, from := range asked.from {
		if i > 0 {
			line = append(line, ',')
		}
		line = appendRow(line, from, asked.to, numbers[partyOf(from)])
		if _, err := w.Write(line); err != nil {
			return nil //nolint:nilerr // the client is gone
		}
		line = line[:0]
	}
	_, _ = w.Write(append(line, '}'))
	return nil
}

// appendRow appends the rates from an account to others, under its id.
func appendRow(b []byte, from *account.Account, accounts []*account.Account, numbers map[rate.Party][]byte) []byte {
	b = append(appendName(b, from.ID), '{')
	empty := len(b)
	for _, to := range accounts {
		if to == from {
			continue
		}
		if len(b) > empty {
			b = append(b, ',')
		}
		b = append(appendName(b, to.ID), numbers[partyOf(to)]...)
	}
	return append(b, '}')
}

// numbersBetween returns the rates between the parties of accounts, as JSON. Those that have none
// have null or the reason: an asset without a price must not hide the rates of the others.
func numbersBetween(asked ratesAsked, table *rate.Table) (map[rate.Party]map[rate.Party][]byte, error) {
	numbers, some := make(map[rate.Party]map[rate.Party][]byte), false
	for _, from := range asked.from {
		row := numbers[partyOf(from)]
		if row == nil {
			row = make(map[rate.Party][]byte)
			numbers[partyOf(from)] = row
		}
		for _, to := range asked.to {
			if _, known := row[partyOf(to)]; known || to == from {
				continue
			}
			r, err := table.Rate(partyOf(from), partyOf(to))
			some = some || err == nil
			switch {
			case err == nil:
				row[partyOf(to)] = []byte(r.Number())
			case asked.reasons:
				why, _ := whyNoRate(err, rate.Pair{From: from.AssetCode, To: to.AssetCode})
				row[partyOf(to)] = appendText(nil, why)
			default:
				row[partyOf(to)] = []byte(noRate)
			}
		}
	}
	if table.Empty() && !some {
		return nil, errNoRates // as the reference answers before the first prices
	}
	return numbers, nil
}

func assetOf(a *account.Account) rate.Asset {
	return rate.Asset{Code: a.AssetCode, Scale: a.AssetScale}
}

// partyOf returns the asset of an account, with its own spread if it has one.
func partyOf(a *account.Account) rate.Party { return rate.Party{Asset: assetOf(a), Spread: a.Spread} }

var (
	_ json.Marshaler   = RateOrNot{}
	_ json.Unmarshaler = (*RateOrNot)(nil)
)
