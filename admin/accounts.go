package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/config"
)

// AccountList is GET /accounts.
type AccountList struct {
	// Address is our own, "unknown" while it is not known.
	Address  string          `json:"address"`
	Accounts Object[Account] `json:"accounts"`
}

// Account is an account and how its link is doing.
type Account struct {
	Info      AccountInfo `json:"info"`
	Connected bool        `json:"connected"`
	// AdminInfo is whether GET /accounts/ID has something to tell.
	AdminInfo bool `json:"adminInfo"`

	State     string `json:"state"`
	Since     Time   `json:"since,omitzero"`
	Remote    string `json:"remote,omitempty"`
	LastError string `json:"lastError,omitempty"`
	NextRetry Time   `json:"nextRetry,omitzero"`
	// InFlight is how many packets from the account are not answered, LastPacket
	// when it last sent one.
	InFlight   int64 `json:"inFlight"`
	LastPacket Time  `json:"lastPacket,omitzero"`
}

func (api *API) getAccounts(w http.ResponseWriter, _ *request) error {
	list := AccountList{Address: api.node.Address(), Accounts: Object[Account]{}}
	if list.Address == "" {
		list.Address = "unknown"
	}
	for _, a := range api.node.Accounts().All() {
		if configured, there := api.node.Configured(a.ID); there {
			list.Accounts = append(list.Accounts, Member[Account]{a.ID, api.show(a, configured)})
		}
	}
	return writeJSON(w, http.StatusOK, list)
}

func (api *API) show(a *account.Account, configured config.Account) Account {
	link := api.node.Link(a.ID)
	shown := Account{
		Info:      infoOf(configured),
		Connected: link.Connected,
		State:     link.State,
		Since:     Time{link.Since},
		Remote:    link.Remote,
		LastError: link.LastError,
		NextRetry: Time{link.NextRetry},
		InFlight:  a.Counters.InFlight.Load(),
	}
	if seen := a.Counters.LastSeen.Load(); seen != 0 {
		shown.LastPacket = Time{time.Unix(0, seen)}
	}
	return shown
}

// accountID is what an account may be called.
var accountID = regexp.MustCompile(`\A[A-Za-z0-9_.~-]+\z`)

// getAdminInfo tells what a plugin wants to tell an operator. None of those there
// are does.
func (api *API) getAdminInfo(_ http.ResponseWriter, r *request) error {
	if err := api.mustKnow(r.rest); err != nil {
		return err
	}
	return fmt.Errorf("plugin has no admin info. account=%s", r.rest)
}

// postAdminInfo tells a plugin what an operator wants of it. None of those there
// are listens.
func (api *API) postAdminInfo(_ http.ResponseWriter, r *request) error {
	if r.lacksBody() {
		return errors.New("no json body provided to set admin info.") //nolint:staticcheck // the reference's text
	}
	if err := api.mustKnow(r.rest); err != nil {
		return err
	}
	return fmt.Errorf("plugin does not support sending admin info. account=%s", r.rest)
}

func (api *API) mustKnow(id string) error {
	switch {
	case !accountID.MatchString(id):
		return errors.New("invalid account.") //nolint:staticcheck // the reference's text
	case api.node.Accounts().Find(id) == nil:
		return fmt.Errorf("unknown account id. accountId=%s", id)
	}
	return nil
}

// Added is the answer to POST /addAccount. The account is there from then on,
// connected or not.
type Added struct {
	Plugin    string `json:"plugin"` // the id of the account; the reference calls it so
	Connected bool   `json:"connected"`
}

// postAccount adds an account. Unlike the reference it loads no code, since
// plugins are built in, and does not wait for the connection.
func (api *API) postAccount(w http.ResponseWriter, r *request) error {
	if r.lacksBody() {
		return errors.New("no json body provided to make plugin.") //nolint:staticcheck // the reference's text
	}
	fields := r.fields()
	id, ok := text(fields["id"])
	switch {
	case !ok:
		return errors.New(`the body needs the "id" and the "options" of an account`)
	case !accountID.MatchString(id):
		return fmt.Errorf("%q includes forbidden characters.", id) //nolint:staticcheck // the reference's text
	case fields["options"] == nil:
		fields["options"] = json.RawMessage("null")
	}
	a, _, err := config.ParseAccount(id, fields["options"], config.Known{})
	if err == nil {
		c := api.asked(r, audit.AddAccount, id)
		c.Details["relation"], c.Details["plugin"] = a.Relation, a.Plugin
		c.Details["asset"], c.Details["scale"] = a.AssetCode, strconv.Itoa(int(a.AssetScale))
		err = api.change(c, func() error { return api.node.AddAccount(a) })
	}
	if err != nil {
		return fmt.Errorf("account %s is not added: %w", id, err)
	}
	return writeJSON(w, http.StatusOK, Added{Plugin: id, Connected: api.node.Link(id).Connected})
}
