package admin

import (
	"cmp"
	"errors"
	"net/http"
	"slices"

	"github.com/ilp-go/connector/settle"
)

// SettlementList is GET /settlements: what was paid to counterparties, and by them,
// outside Interledger.
type SettlementList struct {
	// Settlements is those that are remembered: the open ones first, then the others,
	// latest first.
	Settlements []Settlement `json:"settlements"`
	// Receipts is the latest payments of the account that was asked for.
	Receipts []Receipt `json:"receipts,omitzero"`
	// Leftovers is what was received and is less than a unit of the account.
	Leftovers []Leftover `json:"leftovers"`
}

// Settlement is a payment to a counterparty, from decision to end.
type Settlement struct {
	ID        string `json:"id"`
	AccountID string `json:"accountId"`
	// Sum is in units of the account; Payment is the same as the settler was told.
	Sum
	Payment Sum `json:"payment"`
	// State is intended, sent, confirmed, not sent or unknown; Open is whether it has
	// not ended.
	State string `json:"state"`
	Open  bool   `json:"open"`
	// UpdatedAt is when the state last changed.
	CreatedAt Time `json:"createdAt"`
	UpdatedAt Time `json:"updatedAt"`
	// Attempts is how often the settler was asked since the connector was started.
	Attempts  int    `json:"attempts"`
	LastError string `json:"lastError,omitempty"`
	// NeedsOperator says that the settler is not asked any more: an operator has to find
	// out how the settlement ended, and say so.
	NeedsOperator bool `json:"needsOperator,omitempty"`
}

// Sum is an amount in units of 10^-Scale.
type Sum struct {
	Amount string `json:"amount"`
	Scale  uint8  `json:"scale"`
}

// Receipt is a payment of a counterparty.
type Receipt struct {
	ID        string `json:"id"`
	AccountID string `json:"accountId"`
	Sum              // as it was paid
	// Credited is by how much the balance fell, in units of the account.
	Credited   string `json:"credited"`
	ReceivedAt Time   `json:"receivedAt"`
}

// Leftover is what an account has paid and is less than a unit of it.
type Leftover struct {
	AccountID string `json:"accountId"`
	// Asset is that of the account when it paid.
	Asset string `json:"asset"`
	Sum
}

// How many receipts are shown if nobody says, and at most.
const (
	receiptsDefault = 20
	receiptsMax     = 1000
)

// getSettlements shows what was settled, of all accounts or of ?account=ID alone; of that
// also the latest receipts, ?receipts=N at most.
func (api *API) getSettlements(w http.ResponseWriter, r *request) error {
	query := r.URL.Query()
	receipts, err := r.count("receipts", receiptsDefault, receiptsMax)
	if err == nil {
		err = api.loaded()
	}
	if err != nil {
		return err
	}
	if !query.Has("account") {
		if query.Has("receipts") {
			return refusal(http.StatusBadRequest, "receipts are shown of one account: add account=ID")
		}
		return api.showSettlements(w, SettlementList{})
	}
	id := query.Get("account")
	if api.node.Accounts().Find(id) == nil {
		return unknownAccount(id)
	}
	list := SettlementList{Receipts: []Receipt{}}
	credits, err := api.node.Receipts(id, receipts)
	if err != nil && !errors.Is(err, settle.ErrNoAccount) {
		return err
	}
	for _, e := range credits {
		list.Receipts = append(list.Receipts, Receipt{
			e.ID, e.AccountID, Sum{e.Amount.String(), e.Scale}, e.Credited.String(), Time{e.At},
		})
	}
	return api.showSettlements(w, list, id)
}

// showSettlements fills in the settlements and what is left over, of the accounts named
// or of all.
func (api *API) showSettlements(w http.ResponseWriter, list SettlementList, ids ...string) error {
	list.Settlements, list.Leftovers = []Settlement{}, []Leftover{}
	for _, s := range api.node.Settlements(ids...) {
		if a := api.node.Accounts().Find(s.AccountID); a != nil { // else it is being removed
			list.Settlements = append(list.Settlements, settlementOf(s, a.AssetScale))
		}
	}
	slices.SortStableFunc(list.Settlements, func(a, b Settlement) int { return cmp.Compare(rank(a), rank(b)) })
	leftovers, err := api.node.Leftovers()
	if err != nil {
		return err
	}
	for _, l := range leftovers {
		if len(ids) == 0 || slices.Contains(ids, l.AccountID) {
			list.Leftovers = append(list.Leftovers, Leftover{l.AccountID, l.Asset, Sum{l.Amount.String(), l.Scale}})
		}
	}
	return writeJSON(w, http.StatusOK, list)
}

// rank sorts the open ones to the front.
func rank(s Settlement) int {
	if s.Open {
		return 0
	}
	return 1
}

func settlementOf(s settle.Settlement, scale uint8) Settlement {
	return Settlement{
		ID: s.ID, AccountID: s.AccountID,
		Sum:     Sum{s.Amount.String(), scale},
		Payment: Sum{s.Payment.Amount.String(), s.Payment.Scale},
		State:   s.State.String(), Open: s.State.Open(),
		CreatedAt: Time{s.Created}, UpdatedAt: Time{s.Updated},
		Attempts: s.Attempts, LastError: s.Reason, NeedsOperator: s.NeedsOperator,
	}
}
