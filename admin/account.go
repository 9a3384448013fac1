package admin

import (
	"errors"
	"net/http"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/settle"
)

// AccountDetails is GET /accounts/ID: all that is known of one account, which may be a client of
// another one.
type AccountDetails struct {
	ID string `json:"id"`
	// Parent and Name are those of a client, and so are Blocked and OldTokenUntil.
	Parent        string `json:"parent,omitempty"`
	Name          string `json:"name,omitempty"`
	Address       string `json:"address,omitempty"`
	Blocked       bool   `json:"blocked"`
	OldTokenUntil Time   `json:"oldTokenUntil,omitzero"`
	// Balance is nil if the account has no balance, or it is not loaded yet.
	Balance *Balance `json:"balance,omitempty"`
	Account
	// Outstanding is the number of packets to the account that wait for their answer.
	Outstanding int64 `json:"outstanding"`
	// Limits are the limits of the account, and what is left of each.
	Limits     []AccountLimit    `json:"limits"`
	Settlement AccountSettlement `json:"settlement"`
	Routes     AccountRoutes     `json:"routes"`
	Packets    AccountPackets    `json:"packets"`
	// Rejections are those of GET /rejections.
	Rejections []Rejection `json:"rejections"`
	// Rates are what a base unit of the account is worth, in those of other assets: the first
	// few.
	Rates []AccountRate `json:"rates"`
}

// AccountLimit is a limit of an account, and what is left of it.
type AccountLimit struct {
	// Name is the cause of its refusals, as in Rejection.
	Name string `json:"name"`
	// Direction is incoming for packets from the account, outgoing for packets to it.
	Direction string `json:"direction"`
	// Limit is where it is, in words, and Left what is left of it now.
	Limit string `json:"limit"`
	Left  string `json:"left"`
}

// AccountSettlement says how an account is settled. Amounts are in its base units.
type AccountSettlement struct {
	// By is one of the Settler names, and Engine the URL of the settlement engine.
	By     string `json:"by"`
	Engine string `json:"engine,omitempty"`
	// Threshold, To and EveryMs are settleThreshold, settleTo and settleEvery.
	Threshold string `json:"threshold,omitempty"`
	To        string `json:"to,omitempty"`
	EveryMs   int64  `json:"everyMs,omitempty"`
	// WeOwe is what we owe the account, and TheyOwe what it owes us. One of the two is empty.
	WeOwe   string `json:"weOwe,omitempty"`
	TheyOwe string `json:"theyOwe,omitempty"`
	// Open are the settlements without an outcome, Last is the latest of all, and LastReceipt the
	// latest payment of the account.
	Open        []Settlement `json:"open"`
	Last        *Settlement  `json:"last,omitempty"`
	LastReceipt *Receipt     `json:"lastReceipt,omitempty"`
	// Channels are its payment channels, nil if it does not settle over any.
	Channels *AccountChannels `json:"channels,omitempty"`
}

// What settles an account.
const (
	SettlerEngine   = "settlement engine"
	SettlerPlugin   = "plugin"
	SettlerOperator = "operator"
	SettlerNone     = "nothing"
)

// AccountRoutes are the routes of an account: how many there are, and the first few prefixes.
type AccountRoutes struct {
	// Learned are those that it announces and we accept, Announced those that we announce to it,
	// and Configured those that the configuration sends by it.
	Learned    RouteCount `json:"learned"`
	Announced  RouteCount `json:"announced"`
	Configured RouteCount `json:"configured"`
}

// RouteCount is a number of routes, and the first few of their prefixes.
type RouteCount struct {
	Count    int      `json:"count"`
	Prefixes []string `json:"prefixes"`
}

// AccountPackets counts the packets of an account since the start, by how they ended.
type AccountPackets struct {
	Incoming PacketResults `json:"incoming"`
	Outgoing PacketResults `json:"outgoing"`
	// LateFulfills counts packets to it that it fulfilled after they had expired.
	LateFulfills uint64 `json:"lateFulfills,omitempty"`
}

// PacketResults counts packets that were fulfilled, rejected by the next account, or refused by us.
type PacketResults struct {
	Fulfilled uint64 `json:"fulfilled"`
	Rejected  uint64 `json:"rejected"`
	Failed    uint64 `json:"failed"`
}

// AccountRate is the worth of one base unit of an account in those of another asset.
type AccountRate struct {
	AssetCode  string `json:"assetCode"`
	AssetScale uint8  `json:"assetScale"`
	Rate       string `json:"rate"`
}

const (
	prefixesShown = 5 // of AccountRoutes
	ratesShown    = 5
)

// getAccount shows one account whole. It waits for the plugin of the account, if that has admin info.
func (api *API) getAccount(w http.ResponseWriter, r *request) error {
	if err := api.checkAccount(r.rest); err != nil {
		return err
	}
	a := api.node.Accounts().Find(r.rest)
	if a == nil {
		return unknownAccount(r.rest) // it is just being removed
	}
	configured, there := api.node.Configured(a.ID)
	if !there {
		return unknownAccount(a.ID)
	}
	d := AccountDetails{ID: a.ID, Account: api.accountOf(a, configured), Limits: []AccountLimit{}, Rejections: []Rejection{}, Rates: []AccountRate{}}
	if a.Host != "" {
		if err := api.addClient(&d, a); err != nil {
			return err
		}
	}
	loaded := api.node.Loaded()
	if loaded && a.Balance != nil && api.node.Enabled("balance") {
		b := balanceOf(a)
		d.Balance = &b
	}
	counters := api.countersOf(a)
	d.InFlight, d.Outstanding = counters.InFlight.Load(), counters.Outstanding.Load()
	if loaded {
		d.Limits = append(d.Limits, api.node.Limits(a.ID)...)
		d.Settlement = api.settlementOf(a, configured)
	}
	d.Routes = api.node.RoutesOf(a.ID, prefixesShown)
	d.Packets = AccountPackets{resultsOf(&counters.Incoming), resultsOf(&counters.Outgoing), counters.LateReceived.Count.Load()}
	d.Rejections = append(d.Rejections, rejectionsOf(a.ID, counters)...)
	d.Rates = append(d.Rates, api.ratesFrom(a)...)
	if d.AdminInfo {
		return api.withPluginInfo(w, r, d)
	}
	return writeJSON(w, http.StatusOK, d)
}

// addClient adds what is known of a client alone.
func (api *API) addClient(d *AccountDetails, a *account.Account) error {
	if err := api.checkLoaded(); err != nil {
		return err
	}
	children := api.node.Children(a.Host)
	if children == nil {
		return unknownAccount(a.ID) // its parent is just being removed
	}
	d.Parent, d.Name, d.Address = a.Host, a.ID[len(a.Host)+1:], api.addressOf(a)
	k, _ := children.Find(d.Name)
	d.Blocked, d.OldTokenUntil = k.Blocked, Time{k.OldUntil}
	return nil
}

// countersOf returns the counts of an account, together with those of its clients.
func (api *API) countersOf(a *account.Account) *account.Counters {
	if children := api.node.Children(a.ID); children != nil {
		return children.Counters()
	}
	return &a.Counters
}

func resultsOf(r *account.Results) PacketResults {
	return PacketResults{r.Of(account.Fulfilled), r.Of(account.Rejected), r.Of(account.Failed)}
}

// settlementOf returns how an account is settled.
func (api *API) settlementOf(a *account.Account, configured config.Account) AccountSettlement {
	s := AccountSettlement{By: api.node.SettledBy(a.ID), Open: []Settlement{}}
	if e := configured.SettlementEngine; e != nil {
		s.Engine = e.URL
	}
	if c, there := api.node.Channels(a.ID); there {
		s.Channels = &c
	}
	if b := configured.Balance; b != nil {
		s.Threshold, s.To, s.EveryMs = b.SettleThreshold, b.SettleTo, b.SettleEvery.Duration().Milliseconds()
	}
	if a.Balance != nil {
		switch posted := a.Balance.Snapshot().Posted; posted.Sign() {
		case -1:
			s.WeOwe = posted.String()[1:]
		case 1:
			s.TheyOwe = posted.String()
		}
	}
	for i, one := range api.node.Settlements(a.ID) { // latest first
		shown := settlementOf(one, a.AssetCode, a.AssetScale)
		if i == 0 {
			s.Last = &shown
		}
		if shown.Open {
			s.Open = append(s.Open, shown)
		}
	}
	credits, err := api.node.Receipts(a.ID, 1)
	if err != nil && !errors.Is(err, settle.ErrNoAccount) {
		api.log.Warn("cannot read receipts; the account is shown without them", "account", a.ID, "error", err)
	}
	for _, e := range credits {
		s.LastReceipt = &Receipt{e.ID, e.AccountID, ScaledAmount{e.Amount.String(), e.Scale}, e.Credited.String(), Time{e.At}}
	}
	return s
}

// ratesFrom returns the rates from the asset of an account to the first few others.
func (api *API) ratesFrom(a *account.Account) (rates []AccountRate) {
	table, seen := api.node.Pricing().Table, map[rate.Asset]bool{assetOf(a): true}
	for _, other := range api.node.Accounts().All() {
		to := assetOf(other)
		if seen[to] || len(rates) == ratesShown {
			continue
		}
		seen[to] = true
		if r, err := table.Rate(partyOf(a), partyOf(other)); err == nil {
			rates = append(rates, AccountRate{to.Code, to.Scale, string(r.Number())})
		}
	}
	return rates
}
