package connector

import (
	"errors"
	"log/slog"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/btplink"
	"github.com/ilp-go/connector/metrics"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/route"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/store"
)

// Unready returns what GET /readyz says.
func Unready(c *Connector) []string { return node{c}.Unready() }

// LinkOf returns the link of an account as GET /accounts shows it.
func LinkOf(c *Connector, id string) admin.Link { return node{c}.Link(id) }

// SharedConfig returns where a member has its configuration.
func SharedConfig(c *Connector, id string) *config.Account { return c.member(id).now().config }

// Configured returns how an account is configured.
func Configured(c *Connector, id string) config.Account {
	a, _ := node{c}.Configured(id)
	return a
}

// Admits decides about a login of the peer of an account at a time.
func Admits(c *Connector, id string, who btplink.Login, now time.Time) error {
	return c.admits(c.member(id), who, now)
}

// Counters returns what an account has counted.
func Counters(c *Connector, id string) *account.Counters { return &c.registry.Find(id).Counters }

// AccountOf returns an account.
func AccountOf(c *Connector, id string) *account.Account { return c.registry.Find(id) }

// Records returns how many entries of the store have a prefix.
func Records(c *Connector, prefix string) (n int) {
	_ = c.store.Load(prefix, func(string, []byte) error {
		n++
		return nil
	})
	return n
}

// Look makes the watch of limits look.
func Look(c *Connector, now time.Time) { c.limits.look(now, c.active()) }

// ChildStates returns how many clients of an account are in each state.
func ChildStates(c *Connector, id string) map[string]int {
	in := node{c}.ChildStates(id)
	maps.DeleteFunc(in, func(_ string, n int) bool { return n == 0 })
	return in
}

// Receive credits a receipt.
func Receive(c *Connector, id string, amount uint64, scale uint8) (string, error) {
	credited, err := c.receiver.Receive(id, settle.Receipt{ID: "a receipt", Amount: balance.FromUint64(amount), Scale: scale})
	return credited.String(), err
}

// ChangeWith changes an account, and calls commit when nothing can keep it from being changed.
func ChangeWith(c *Connector, a config.Account, commit func()) error {
	edit := func(config.Account) (config.Account, error) { return a, nil }
	return c.changeAccount(a.ID, edit, (*config.Config).ValidateAccount,
		func(config.Account, []config.Warning) error { commit(); return nil })
}

// SettleNow begins to settle all that an account owes.
func SettleNow(c *Connector, id string) error { return node{c}.SettleNow(id) }

// ChangeFailing changes an account, with a commit that fails.
func ChangeFailing(c *Connector, a config.Account) error {
	edit := func(config.Account) (config.Account, error) { return a, nil }
	return c.changeAccount(a.ID, edit, (*config.Config).ValidateAccount,
		func(config.Account, []config.Warning) error { return errors.New("the disk is full") })
}

// Settlements returns the settlements of an account.
func Settlements(c *Connector, id string) []settle.Settlement { return c.payer.History(id) }

// ForgetInStore removes a key of the store.
func ForgetInStore(c *Connector, key string) error { return c.store.Apply(store.Batch{{Key: key}}) }

// RemoveAccount removes an account for an operator.
func RemoveAccount(c *Connector, id string) error {
	return node{c}.RemoveAccount(admin.Edit{Change: audit.Change{What: audit.RemoveAccount, Account: id}})
}

// AddChild lets a client in.
func AddChild(c *Connector, id, name, token string) {
	k, _ := c.clients(id)
	k.Add([]admin.NewChild{{Name: name, Token: token}})
}

// LookAtCertificates looks at the files of certificates, as happens every few seconds.
func LookAtCertificates(c *Connector) { c.lookAtCertificates(false) }

// ListenerCertificate returns what looks at the certificate of a listener.
func ListenerCertificate(cert, key string, alerts link.Alerts) (look func(asked bool) []error, err error) {
	c := newCertificates(slog.New(slog.DiscardHandler))
	c.Alert(alerts)
	c.listener, err = listenerCertificate("options.listener.tls", &config.Certificate{Cert: cert, Key: key})
	return func(asked bool) []error { return c.look(time.Now(), asked) }, err
}

// WronglyPaused returns the ids of accounts that are paused and should not be, or the other way
// round.
func WronglyPaused(c *Connector) (ids []string) {
	for _, m := range c.all() {
		if m.paused.holds() == c.pausedSince(m).IsZero() {
			ids = append(ids, m.id)
		}
	}
	return ids
}

// IndexOf returns the index by which accounts are checked, and one of the accounts that there are.
func IndexOf(c *Connector) (kept, fresh *config.Index) {
	c.adding.Lock()
	defer c.adding.Unlock()
	fresh = config.NewIndex()
	for _, m := range c.all() {
		fresh.Put(*m.now().config)
	}
	return c.index, fresh
}

// RoutesOf returns the routes, and those of all accounts computed anew.
func RoutesOf(c *Connector) (kept, fresh route.Routes) {
	c.adding.Lock()
	defer c.adding.Unlock()
	kept = c.speaker.Routes()
	c.reroute()
	return kept, c.speaker.Routes()
}

// Discarded reports whether the next reload undoes the change of an account.
func Discarded(c *Connector, id string) bool {
	_, is := c.discarded.Load(id)
	return is
}

// Goes reports whether the removal of an account is certain.
func Goes(c *Connector, id string) bool {
	m := c.member(id)
	c.mu.Lock()
	defer c.mu.Unlock()
	return m != nil && m.unrouted
}

// Pricing returns what is held back, pinned and paused.
func Pricing(c *Connector) rate.PricingState { return node{c}.Pricing() }

// PinRate, UnpinRate, PauseRate, ResumeRate and ConfirmPrice are what operators do with rates.
func PinRate(c *Connector, e admin.Edit, pair rate.Pair, price *big.Rat) error {
	_, err := node{c}.PinRate(e, pair, price)
	return err
}

// UnpinRate ends a pin.
func UnpinRate(c *Connector, e admin.Edit, p rate.Pair) error { return node{c}.UnpinRate(e, p) }

// PauseRate pauses a pair.
func PauseRate(c *Connector, e admin.Edit, p rate.Pair) error {
	_, err := node{c}.PauseRate(e, p)
	return err
}

// ResumeRate ends that.
func ResumeRate(c *Connector, e admin.Edit, p rate.Pair) error { return node{c}.ResumeRate(e, p) }

// ConfirmPrice uses a price that is held back.
func ConfirmPrice(c *Connector, e admin.Edit, currency string, seen *big.Rat) error {
	_, err := node{c}.ConfirmPrice(e, currency, seen)
	return err
}

// EarningsOf returns what the spread has earned of the packets of an account.
func SetPrices(c *Connector, e admin.Edit, prices map[string]*big.Rat) error {
	return node{c}.SetPrices(e, prices)
}

func EarningsOf(c *Connector, id string) []account.Earning { return node{c}.EarningsOf(id) }

// Earnings returns what the spread has earned by account, and EarningsOfClients by client.
func Earnings(c *Connector) []account.Earning { return node{c}.Earnings() }

func EarningsOfClients(c *Connector, id string) []account.Earning {
	return node{c}.EarningsOfClients(id)
}

// Observed returns how much observers were told.
func Observed(c *Connector) (told, dropped uint64, waiting int) {
	o, _ := node{c}.Observed()
	return o.Told, o.Dropped, o.Waiting
}

// Scrape returns what GET /metrics answers.
func Scrape(c *Connector) string {
	w := httptest.NewRecorder()
	metrics.New(node{c}, metrics.Options{}).ServeHTTP(w, nil)
	return w.Body.String()
}

// TakeBack takes back a Fulfill that the peer of an account has not counted.
func TakeBack(c *Connector, id string, amount uint64, requestID string) error {
	return c.takeBack(id, amount, requestID, nil)
}

// OneRequest returns the response that an account gets whose token alone says that a request is its own.
func OneRequest(w http.ResponseWriter) http.ResponseWriter { return oneRequest{w} }
