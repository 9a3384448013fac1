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
	// Address is our ILP address, or "unknown".
	Address  string              `json:"address"`
	Accounts OrderedMap[Account] `json:"accounts"`
}

// Account is an account and the state of its link.
type Account struct {
	Info      AccountInfo `json:"info"`
	Connected bool        `json:"connected"`
	// AdminInfo reports whether the plugin has admin info, as in the reference. Only hosted plugins have.
	AdminInfo bool `json:"adminInfo"`

	// State is one of States, and Since is when it began.
	State    string    `json:"state"`
	Since    Time      `json:"since,omitzero"`
	Problems []Problem `json:"problems,omitempty"`
	// PausedBy are the pauses because of which it takes no packets, the widest first.
	PausedBy []PauseOf `json:"pausedBy,omitempty"`
	// Server is the address that the link dials, and Listener the one that it listens at.
	Server    string `json:"server,omitempty"`
	Listener  string `json:"listener,omitempty"`
	Remote    string `json:"remote,omitempty"`
	LastError string `json:"lastError,omitempty"`
	Closed    string `json:"closed,omitempty"` // how the peer has said goodbye, which is no error
	NextRetry Time   `json:"nextRetry,omitzero"`
	// Failures is the number of attempts to connect that failed, Refusals that of peers who
	// did not authenticate, and Replacements that of connections that a newer one replaced.
	Failures    uint64 `json:"connectionFailures,omitempty"`
	Refusals    uint64 `json:"refusedLogins,omitempty"`
	RefusedAt   Time   `json:"lastRefusedLogin,omitzero"`    // when the latest of the Refusals was
	RefusedFrom string `json:"lastRefusedAddress,omitempty"` // where it came from
	// RefusedRequests counts the requests over HTTP that brought no packet, by cause.
	RefusedRequests map[string]uint64 `json:"refusedRequests,omitempty"`
	Replacements    uint64            `json:"replacedConnections,omitempty"`
	// OldSecretUntil is until when the secret from before a rotation is good too. UsesOldSecret
	// says that the present connection has authenticated with it.
	OldSecretUntil Time `json:"oldSecretUntil,omitzero"`
	UsesOldSecret  bool `json:"usesOldSecret,omitempty"`
	// CertificateUntil is when the certificate of the listener ends.
	CertificateUntil Time `json:"certificateUntil,omitzero"`
	// InFlight is the number of packets from the account that wait for their answer.
	// LastPacket is when the account last sent one.
	InFlight   int64 `json:"inFlight"`
	LastPacket Time  `json:"lastPacket,omitzero"`
	// Children counts its clients, if they are accounts.
	Children *ChildCount `json:"children,omitempty"`
}

func (api *API) getAccounts(w http.ResponseWriter, _ *request) error {
	list := AccountList{Address: api.node.Address(), Accounts: OrderedMap[Account]{}}
	if list.Address == "" {
		list.Address = "unknown"
	}
	for _, a := range api.node.Accounts().All() {
		if configured, there := api.node.Configured(a.ID); there {
			list.Accounts = append(list.Accounts, Member[Account]{a.ID, api.accountOf(a, configured)})
		}
	}
	return writeJSON(w, http.StatusOK, list)
}

func (api *API) accountOf(a *account.Account, configured config.Account) Account {
	link := api.node.Link(a.ID)
	shown := Account{
		Info:      infoOf(configured),
		Connected: link.Connected,
		AdminInfo: api.node.HasAdminInfo(a.ID),
		State:     link.State,
		Since:     Time{link.Since},
		Problems:  link.Problems,
		PausedBy:  link.PausedBy,
		Server:    link.Server,
		Listener:  link.Listener,
		Remote:    link.Remote,
		LastError: link.LastError,
		Closed:    link.Closed,
		NextRetry: Time{link.NextRetry},
		Failures:  link.Failures, Refusals: link.Refusals, RefusedAt: Time{link.RefusedAt}, RefusedFrom: link.RefusedFrom, RefusedRequests: link.RefusedRequests,
		Replacements:   link.Replacements,
		OldSecretUntil: Time{link.OldSecretUntil}, UsesOldSecret: link.OldSecret, CertificateUntil: Time{link.CertificateUntil},
		InFlight: a.Counters.InFlight.Load(),
	}
	if seen := a.Counters.LastSeen.Load(); seen != 0 {
		shown.LastPacket = Time{time.Unix(0, seen)}
	}
	if children := api.node.Children(a.ID); children != nil {
		shown.Children = countOf(children)
	}
	return shown
}

// accountID matches the ids that an account may have.
var accountID = regexp.MustCompile(`\A[A-Za-z0-9_.~-]+\z`)

// checkAccount returns the reference's error if id is not that of an account.
func (api *API) checkAccount(id string) error {
	switch {
	case !accountID.MatchString(id):
		return errors.New("invalid account.") //nolint:staticcheck // the reference's text
	case api.node.Accounts().Find(id) == nil:
		return fmt.Errorf("unknown account id. accountId=%s", id)
	}
	return nil
}

// AddedAccount is the answer to POST /addAccount. The account exists from then on, even if
// it is not connected.
type AddedAccount struct {
	Plugin    string `json:"plugin"` // the id of the account; the reference calls it plugin
	Connected bool   `json:"connected"`
}

// postAccount adds an account. Unlike the reference it loads no code, because plugins are
// built in. It does not wait for the connection.
func (api *API) postAccount(w http.ResponseWriter, r *request) error {
	if r.hasNoBody() {
		return errors.New("no json body provided to make plugin.") //nolint:staticcheck // the reference's text
	}
	fields := r.object()
	id, ok := stringOf(fields["id"])
	switch {
	case !ok:
		return errors.New(`the body needs the "id" and the "options" of an account`)
	case !accountID.MatchString(id):
		return fmt.Errorf("%q includes forbidden characters.", id) //nolint:staticcheck // the reference's text
	}
	err := checkOptions(id, fields)
	var a config.Account
	if err == nil {
		a, _, err = config.ParseAccount(id, fields["options"], config.Known{})
	}
	if err == nil {
		err = api.addAccount(r, a)
	}
	if err != nil {
		return fmt.Errorf("account %s is not added: %w", id, err)
	}
	return writeJSON(w, http.StatusOK, AddedAccount{Plugin: id, Connected: api.node.Link(id).Connected})
}

func (api *API) addAccount(r *request, a config.Account) error {
	e, err := api.newEdit(r, audit.AddAccount, a.ID)
	if err != nil {
		return err
	}
	e.Details["relation"], e.Details["plugin"] = a.Relation.String(), a.Plugin
	e.Details["asset"], e.Details["scale"] = a.AssetCode, strconv.Itoa(int(a.AssetScale))
	err = api.node.AddAccount(e, a)
	r.audited = !errors.Is(err, audit.ErrUnwritable) && !errors.Is(err, ErrNotOpen)
	return err
}

// checkOptions returns an error unless the options of an account that is to be added are an
// object with its settings. Clients forget them, or write the settings beside the id.
func checkOptions(id string, fields map[string]json.RawMessage) error {
	problem, options := "", fields["options"]
	var settings struct{ Plugin json.RawMessage }
	switch {
	case options == nil || string(options) == "null":
		problem = `the body has no "options"`
	case options[0] != '{':
		problem = `"options" in the body is not an object`
	case fields["plugin"] != nil && json.Unmarshal(options, &settings) == nil && settings.Plugin == nil:
		problem = `the body has settings beside "options"`
	default:
		return nil
	}
	return fmt.Errorf(`%s; write the settings of the account there: `+
		`{"id":%q,"options":{"relation":"peer","plugin":"loopback","assetCode":"USD","assetScale":9}}`, problem, id)
}
