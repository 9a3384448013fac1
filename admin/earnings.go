package admin

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
)

// EarningList is GET /earnings: what the spread has earned.
type EarningList struct {
	// Totals are the sums of all accounts by asset and scale, or with ?account of that account.
	Totals   []AssetAmount `json:"totals"`
	Earnings []Earning     `json:"earnings"`
	// Next is where the next page begins: the value of after. It is empty on the last page.
	Next string `json:"next,omitempty"`
}

// AssetAmount is an amount in base units of an asset.
type AssetAmount struct {
	AssetCode  string `json:"assetCode"`
	AssetScale uint8  `json:"assetScale"`
	Amount     string `json:"amount"`
}

// Earning is what the spread has earned of the packets of an account that were paid out in one
// asset.
type Earning struct {
	AccountID string `json:"accountId"`
	AssetAmount
	// Since is when the first of these packets was counted.
	Since Time `json:"since"`
}

// The number of clients of which a page shows what they have earned: without ?limit, and at most.
const (
	earningsDefault = 100
	EarningsMax     = 1000
)

// getEarnings shows what the spread has earned, by account and asset. Clients that are accounts
// count for the account that they come by. With ?account=ID it shows that of one account or
// client, and with ?clients=ID that of each client of an account, from behind ?after=ID on, of at
// most ?limit=N clients.
func (api *API) getEarnings(w http.ResponseWriter, r *request) error {
	query := r.URL.Query()
	limit, err := r.count("limit", earningsDefault, EarningsMax)
	if err == nil {
		err = api.checkLoaded()
	}
	switch {
	case err != nil:
		return err
	case query.Has("account") && query.Has("clients"):
		return errorf(http.StatusBadRequest, "give account or clients, not both")
	case !query.Has("clients") && (query.Has("after") || query.Has("limit")):
		return errorf(http.StatusBadRequest, "after and limit need clients=ID")
	case query.Has("clients"):
		id := query.Get("clients")
		if _, err := api.childrenOf(id); err != nil {
			return err
		}
		return writeJSON(w, http.StatusOK, pageOfEarnings(api.node.EarningsOfClients(id), query.Get("after"), limit))
	}
	all := api.node.Earnings()
	if id := query.Get("account"); query.Has("account") {
		ofOne := slices.DeleteFunc(slices.Clone(all), func(e account.Earning) bool { return e.AccountID != id })
		if len(ofOne) == 0 { // a client, or none
			ofOne = api.node.EarningsOf(id)
		}
		if len(ofOne) == 0 && !api.known(id) && !api.client(id) {
			return unknownAccount(id)
		}
		all = ofOne
	}
	return writeJSON(w, http.StatusOK, pageOfEarnings(all, "", len(all)))
}

// client reports whether an id is that of a known client.
func (api *API) client(id string) bool {
	dot := strings.LastIndexByte(id, '.') // the name of a client has none, the id of its account may
	if dot < 0 {
		return false
	}
	children := api.node.Children(id[:dot])
	if children == nil {
		return false
	}
	_, known := children.Find(id[dot+1:])
	return known
}

// pageOfEarnings returns the totals of all, which is in the order of account ids, and those of the
// first most accounts behind after.
func pageOfEarnings(all []account.Earning, after string, most int) EarningList {
	list := EarningList{Totals: totalsOf(all), Earnings: []Earning{}}
	last, accounts := "", 0
	for _, e := range all {
		if e.AccountID <= after && after != "" {
			continue
		}
		if accounts == 0 || e.AccountID != last {
			if accounts == most {
				list.Next = last
				break
			}
			accounts++
			last = e.AccountID
		}
		list.Earnings = append(list.Earnings, Earning{e.AccountID, AssetAmount{e.AssetCode, e.AssetScale, e.Amount.String()}, Time{e.Since}})
	}
	return list
}

// totalsOf returns the sums by asset and scale.
func totalsOf(all []account.Earning) []AssetAmount {
	type unit struct {
		code  string
		scale uint8
	}
	sums := make(map[unit]balance.Amount)
	for _, e := range all {
		u := unit{e.AssetCode, e.AssetScale}
		if sum, fits := sums[u].Add(e.Amount); fits {
			sums[u] = sum
		}
	}
	totals := []AssetAmount{}
	for u, sum := range sums {
		totals = append(totals, AssetAmount{u.code, u.scale, sum.String()})
	}
	slices.SortFunc(totals, func(a, b AssetAmount) int {
		return cmp.Or(cmp.Compare(a.AssetCode, b.AssetCode), cmp.Compare(a.AssetScale, b.AssetScale))
	})
	return totals
}
