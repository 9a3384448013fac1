package admin

import (
	"cmp"
	"errors"
	"net/http"
	"slices"

	"github.com/ilp-go/connector/settle"
)

// SettlementList is GET /settlements: the payments outside Interledger, to counterparties
// and from them.
type SettlementList struct {
	// Settlements are the remembered ones: first the open ones, then the others, each
	// latest first.
	Settlements []Settlement `json:"settlements"`
	// Receipts are the latest payments of the account in the query.
	Receipts []Receipt `json:"receipts,omitzero"`
	// Leftovers are the parts of payments that are less than one base unit.
	Leftovers []Leftover `json:"leftovers"`
}

// Settlement is a payment to a counterparty, from its decision to its end.
type Settlement struct {
	ID        string `json:"id"`
	AccountID string `json:"accountId"`
	AssetCode string `json:"assetCode"`
	// ScaledAmount is in base units of the account. Payment is the same amount in the units
	// of the settler: the settlement engine or plugin that moves the money.
	ScaledAmount
	Payment ScaledAmount `json:"payment"`
	// State is intended, sent, confirmed, not sent or unknown, or for an entry without a
	// payment booked or written off. Open reports whether the settlement has not ended.
	State string `json:"state"`
	Open  bool   `json:"open"`
	// UpdatedAt is when the state last changed.
	CreatedAt Time `json:"createdAt"`
	UpdatedAt Time `json:"updatedAt"`
	// Attempts is how often we have asked the settler since the connector started.
	Attempts  int    `json:"attempts"`
	LastError string `json:"lastError,omitempty"`
	// NeedsOperator reports whether we no longer ask the settler. An operator has to find out
	// the outcome, and record it.
	NeedsOperator bool `json:"needsOperator,omitempty"`
}

// ScaledAmount is an amount in units of 10^-Scale.
type ScaledAmount struct {
	Amount string `json:"amount"`
	Scale  uint8  `json:"scale"`
}

// Receipt is a payment of a counterparty.
type Receipt struct {
	ID           string `json:"id"`
	AccountID    string `json:"accountId"`
	ScaledAmount        // in the units of the settler
	// Credited is how much the balance fell, in base units of the account.
	Credited   string `json:"credited"`
	ReceivedAt Time   `json:"receivedAt"`
}

// Leftover is the part of an account's payments that is less than one base unit.
type Leftover struct {
	AccountID string `json:"accountId"`
	// Asset is the asset of the account at the time of the payment.
	Asset string `json:"asset"`
	ScaledAmount
}

// The number of receipts that GET /settlements shows: without ?receipts, and at most.
const (
	receiptsDefault = 20
	receiptsMax     = 1000
)

// getSettlements shows the settlements of all accounts. With ?account=ID it shows those of
// one account, and its latest receipts, at most ?receipts=N.
func (api *API) getSettlements(w http.ResponseWriter, r *request) error {
	query := r.URL.Query()
	receipts, err := r.count("receipts", receiptsDefault, receiptsMax)
	if err == nil {
		err = api.checkLoaded()
	}
	if err != nil {
		return err
	}
	if !query.Has("account") {
		if query.Has("receipts") {
			return errorf(http.StatusBadRequest, "receipts needs one account: add account=ID")
		}
		return api.showSettlements(w, SettlementList{})
	}
	id := query.Get("account")
	if !api.known(id) {
		return unknownAccount(id)
	}
	list := SettlementList{Receipts: []Receipt{}}
	credits, err := api.node.Receipts(id, receipts)
	if err != nil && !errors.Is(err, settle.ErrNoAccount) {
		return err
	}
	for _, e := range credits {
		list.Receipts = append(list.Receipts, Receipt{
			e.ID, e.AccountID, ScaledAmount{e.Amount.String(), e.Scale}, e.Credited.String(), Time{e.At},
		})
	}
	return api.showSettlements(w, list, id)
}

// showSettlements adds the settlements and leftovers of the named accounts, or of all, and
// answers.
func (api *API) showSettlements(w http.ResponseWriter, list SettlementList, ids ...string) error {
	list.Settlements, list.Leftovers = []Settlement{}, []Leftover{}
	unitOf := api.units()
	for _, s := range api.node.Settlements(ids...) {
		if asset, scale, there := unitOf(s.AccountID); there { // else the account is being removed
			list.Settlements = append(list.Settlements, settlementOf(s, asset, scale))
		}
	}
	slices.SortStableFunc(list.Settlements, func(a, b Settlement) int { return cmp.Compare(rank(a), rank(b)) })
	leftovers, err := api.node.Leftovers()
	if err != nil {
		return err
	}
	for _, l := range leftovers {
		if len(ids) == 0 || slices.Contains(ids, l.AccountID) {
			list.Leftovers = append(list.Leftovers, Leftover{l.AccountID, l.Asset, ScaledAmount{l.Amount.String(), l.Scale}})
		}
	}
	return writeJSON(w, http.StatusOK, list)
}

// rank returns the place of a settlement in the list: 0 if it is open, else 1.
func rank(s Settlement) int {
	if s.Open {
		return 0
	}
	return 1
}

func settlementOf(s settle.Settlement, asset string, scale uint8) Settlement {
	return Settlement{
		ID: s.ID, AccountID: s.AccountID, AssetCode: asset,
		ScaledAmount: ScaledAmount{s.Amount.String(), scale},
		Payment:      ScaledAmount{s.Payment.Amount.String(), s.Payment.Scale},
		State:        s.State.String(), Open: s.State.Open(),
		CreatedAt: Time{s.Created}, UpdatedAt: Time{s.Updated},
		Attempts: s.Attempts, LastError: s.Reason, NeedsOperator: s.NeedsOperator,
	}
}
