package admin

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/rate"
)

// Rates is GET /rates: the worth of one base unit of the outer account, in base units of
// the inner account, nil if one of the two has no price.
type Rates = OrderedMap[OrderedMap[*json.Number]]

// noRate stands for a rate that is not there.
const noRate json.Number = "null"

// errNoRates means that no rates have been loaded yet.
var errNoRates = errors.New("exchange rates are not available yet.") //nolint:staticcheck // the text packets are refused with

// getRates writes a rate for each pair of accounts. There are many pairs of accounts, but
// few pairs of assets. So it computes the rates of the latter before the first byte, and
// then holds only one row of the document in memory.
func (api *API) getRates(w http.ResponseWriter, _ *request) error {
	accounts := api.node.Accounts().All()
	numbers, err := numbersBetween(accounts, api.node.Rates().Table)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	line := []byte{'{'}
	for i, from := range accounts {
		if i > 0 {
			line = append(line, ',')
		}
		line = appendRow(line, from, accounts, numbers[assetOf(from)])
		if _, err := w.Write(line); err != nil {
			return nil //nolint:nilerr // the client is gone
		}
		line = line[:0]
	}
	_, _ = w.Write(append(line, '}'))
	return nil
}

// appendRow appends the rates from an account to all others, under its id.
func appendRow(b []byte, from *account.Account, accounts []*account.Account, numbers map[rate.Asset]json.Number) []byte {
	b = append(appendName(b, from.ID), '{')
	empty := len(b)
	for _, to := range accounts {
		if to == from {
			continue
		}
		if len(b) > empty {
			b = append(b, ',')
		}
		b = append(appendName(b, to.ID), numbers[assetOf(to)]...)
	}
	return append(b, '}')
}

// numbersBetween returns the rates between the assets of accounts, noRate between those that
// have none: an asset without a price must not hide the rates of the others.
func numbersBetween(accounts []*account.Account, table *rate.Table) (map[rate.Asset]map[rate.Asset]json.Number, error) {
	if table == nil {
		return nil, errNoRates
	}
	numbers := make(map[rate.Asset]map[rate.Asset]json.Number)
	for _, from := range accounts {
		row := numbers[assetOf(from)]
		if row == nil {
			row = make(map[rate.Asset]json.Number)
			numbers[assetOf(from)] = row
		}
		for _, to := range accounts {
			if _, known := row[assetOf(to)]; known || to == from {
				continue
			}
			row[assetOf(to)] = noRate
			if r, err := table.Between(assetOf(from), assetOf(to)); err == nil {
				row[assetOf(to)] = r.Number()
			}
		}
	}
	return numbers, nil
}

func assetOf(a *account.Account) rate.Asset {
	return rate.Asset{Code: a.AssetCode, Scale: a.AssetScale}
}
