package admin

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"github.com/ilp-go/connector/account"
)

// RejectionList is GET /rejections: the packets that were not delivered since the connector
// started, by account, direction, code and cause.
type RejectionList struct {
	Rejections []Rejection `json:"rejections"`
}

// Rejection counts the packets of an account that were rejected with one code for one cause.
type Rejection struct {
	AccountID string `json:"accountId"`
	// Direction is incoming for packets from the account, outgoing for packets to it.
	Direction string `json:"direction"`
	Code      string `json:"code"`
	// Cause is why we refused the packets, or CausePeer if the account rejected them.
	Cause string `json:"cause"`
	Count uint64 `json:"count"`
	// LastAmount is the amount of the latest packet in units of the account. LastAt is when it
	// came, or for CausePeer when it was rejected.
	LastAmount string `json:"lastAmount"`
	LastAt     Time   `json:"lastAt"`
}

// CausePeer is Rejection.Cause if the account, or a node behind it, has rejected the packets.
const CausePeer = "rejected_by_peer"

// getRejections shows the rejections of all accounts, or with ?account=ID those of one.
func (api *API) getRejections(w http.ResponseWriter, r *request) error {
	accounts := api.node.Accounts().All()
	if query := r.URL.Query(); query.Has("account") {
		a := api.node.Accounts().Find(query.Get("account"))
		if a == nil {
			return unknownAccount(query.Get("account"))
		}
		accounts = []*account.Account{a}
	}
	list := RejectionList{Rejections: []Rejection{}}
	for _, a := range accounts {
		counters := &a.Counters
		if children := api.node.Children(a.ID); children != nil {
			counters = children.Counters()
		}
		list.Rejections = append(list.Rejections, rejectionsOf(a.ID, counters)...)
	}
	return writeJSON(w, http.StatusOK, list)
}

// rejectionsOf returns the rejections of one account, incoming ones first.
func rejectionsOf(id string, counters *account.Counters) (all []Rejection) {
	add := func(direction string, refusals *account.Refusals) {
		for _, r := range refusals.Read() {
			amount := strconv.FormatUint(r.LastAmount, 10)
			all = append(all, Rejection{id, direction, account.CodeLabel(r.Code), r.Cause, r.Count, amount, Time{r.LastAt}})
		}
	}
	add("incoming", &counters.RefusedFrom)
	add("outgoing", &counters.RefusedTo)
	var peers []Rejection
	for code, r := range counters.Rejects.Read() {
		amount := strconv.FormatUint(r.LastAmount, 10)
		peers = append(peers, Rejection{id, "outgoing", account.CodeLabel(code), CausePeer, r.Count, amount, Time{r.LastAt}})
	}
	slices.SortFunc(peers, func(a, b Rejection) int { return cmp.Compare(a.Code, b.Code) })
	return append(all, peers...)
}
