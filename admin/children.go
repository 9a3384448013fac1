package admin

import (
	"net/http"
	"strconv"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/route"
)

// Children are the clients of one listening account that are accounts of their own. Its methods
// are safe for concurrent use. Those that change something return once that is stored; after an
// error nothing has changed. The error is an Invalid or a Conflict if the operator can mend it.
type Children interface {
	// Count returns how many clients are known, and how many of them are connected.
	Count() (known, connected int)
	// Counters returns what the clients and the account itself have counted, together. The
	// counts of clients that were removed stay in it.
	Counters() *account.Counters
	// Page returns the clients whose names follow after, the first most of them in order: all,
	// or those that are connected, or the others.
	Page(after string, most int, connected *bool) []KnownChild
	// Find returns the client of a name. It returns false if there is none.
	Find(name string) (KnownChild, bool)
	// Add makes clients known and gives them their tokens. Its answers are in the order of all.
	Add(all []NewChild) []NewChildAnswer
	// Rotate gives a client that is known another token. The former one stays valid for as long
	// as given. If that is 0, its connections are closed.
	Rotate(n NewChild, oldValidFor time.Duration) error
	// Block keeps a client out, or lets it in again.
	Block(name string, blocked bool) error
	// Remove removes a client and its account. Unless it is forced to, it keeps one whose
	// balance is not 0 or that has an open settlement. It waits until the packets of the client
	// have ended.
	Remove(name string, force bool) error
}

// KnownChild is a client that is known.
type KnownChild struct {
	Name    string
	Blocked bool
	// OldUntil is until when its former token is valid too, the zero time if it has none.
	OldUntil time.Time
}

// NewChild is a client with the token that it is to have. The name may be empty if clients have
// the hash of their token as their name.
type NewChild struct{ Name, Token string }

// NewChildAnswer says what became of a NewChild.
type NewChildAnswer struct {
	Name    string // also if the token has given it
	Created bool   // it was not known before
	Err     error
}

// ChildCount is how many clients of an account are accounts.
type ChildCount struct {
	Known     int `json:"known"`
	Connected int `json:"connected"`
}

// ChildList is GET /accounts/PARENT/children.
type ChildList struct {
	ChildCount
	Children []Child `json:"children"`
	// Next is where the next page begins: the value of after. It is empty on the last page.
	Next string `json:"next,omitempty"`
}

// Child is a client that is an account.
type Child struct {
	Name string `json:"name"`
	ID   string `json:"id"`
	// Address is its ILP address, empty while we do not know ours.
	Address   string `json:"address,omitempty"`
	Connected bool   `json:"connected"`
	// State is one of States, and Since is when it began.
	State    string    `json:"state"`
	Since    Time      `json:"since,omitzero"`
	Problems []Problem `json:"problems,omitempty"`
	Remote   string    `json:"remote,omitempty"`
	// Balance is as in Balance, empty if the clients have none.
	Balance string `json:"balance,omitempty"`
	Blocked bool   `json:"blocked"`
	// OldTokenUntil is until when its former token is valid too.
	OldTokenUntil Time `json:"oldTokenUntil,omitzero"`
}

// The number of clients that a page shows: without ?limit, and at most.
const (
	childrenDefault = 100
	ChildrenMax     = 1000
)

// getChildren shows the clients of an account in the order of their names, from behind ?after=NAME
// on, at most ?limit=N. With ?connected it shows those that are connected, or that are not.
func (api *API) getChildren(w http.ResponseWriter, r *request) error {
	limit, err := r.count("limit", childrenDefault, ChildrenMax)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	var connected *bool
	if query.Has("connected") {
		value, err := strconv.ParseBool(query.Get("connected"))
		if err != nil {
			return errorf(http.StatusBadRequest, "connected is not true or false")
		}
		connected = &value
	}
	children, err := api.childrenOf(r.account)
	if err != nil {
		return err
	}
	page := children.Page(query.Get("after"), limit+1, connected)
	list := ChildList{ChildCount: *countOf(children), Children: []Child{}}
	if len(page) > limit {
		page = page[:limit]
		list.Next = page[limit-1].Name
	}
	for _, k := range page {
		list.Children = append(list.Children, api.childOf(r.account, k))
	}
	return writeJSON(w, http.StatusOK, list)
}

// childrenOf returns the clients of an account, or an error if it does not exist or its clients
// are no accounts.
func (api *API) childrenOf(id string) (Children, error) {
	if err := api.checkLoaded(); err != nil {
		return nil, err
	}
	if api.node.Accounts().Find(id) == nil {
		return nil, unknownAccount(id)
	}
	children := api.node.Children(id)
	if children == nil {
		return nil, errorf(http.StatusNotFound, "account %s has no clients that are accounts: it needs a children block in the configuration", id)
	}
	return children, nil
}

func countOf(children Children) *ChildCount {
	known, connected := children.Count()
	return &ChildCount{known, connected}
}

func (api *API) childOf(parent string, k KnownChild) Child {
	id := config.ChildID(parent, k.Name)
	link := api.node.Link(id)
	c := Child{
		Name: k.Name, ID: id, Connected: link.Connected, State: link.State, Since: Time{link.Since}, Problems: link.Problems, Remote: link.Remote,
		Blocked: k.Blocked, OldTokenUntil: Time{k.OldUntil},
	}
	if a := api.node.Accounts().Find(id); a != nil {
		c.Address = api.addressOf(a)
		if a.Balance != nil && api.node.Enabled("balance") {
			c.Balance = a.Balance.Snapshot().Balance().String()
		}
	}
	return c
}

// addressOf returns the ILP address of a client, empty while we do not know ours.
func (api *API) addressOf(a *account.Account) string {
	own := api.node.Address()
	if own == "" {
		return ""
	}
	return route.ChildAddress(own, a.ID, a.Segment)
}
