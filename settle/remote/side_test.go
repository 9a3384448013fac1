package remote

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/settle"
)

// side is one of two connectors that settle with each other through engines of
// ilp-settlement-core. The connector can be stopped and started; its ledger, its
// addresses and its engine stay.
type side struct {
	core   *core
	name   string // of the engine
	peer   string // the account of the other side
	scale  uint8  // of that account
	ledger *ledger
	other  *side
	api    *httptest.Server // for requests of its engine
	engine *httptest.Server // a proxy to its engine, so that answers can be lost
	lose   atomic.Int32     // how many answers are lost from now on

	connector atomic.Pointer[running] // nil while it is down
}

// running is a connector that runs.
type running struct {
	payer      *runningPayer
	account    *account.Account
	receiver   *settle.Receiver
	accounting *Accounting
	inbox      *Inbox
	handler    ilp.Handler // of messages from the peer
}

func newSide(t *testing.T, c *core, name, peer string, scale uint8) *side {
	s := &side{core: c, name: name, peer: peer, scale: scale, ledger: newLedger()}
	s.api = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if up := s.connector.Load(); up != nil {
			up.accounting.ServeHTTP(w, r)
			return
		}
		panic(http.ErrAbortHandler) // the connector is down
	}))
	at, err := url.Parse(c.start(t, name, s.api.URL))
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(at) },
		Transport: &http.Transport{DisableKeepAlives: true},
		ModifyResponse: func(*http.Response) error {
			if s.lose.Add(-1) >= 0 {
				panic(http.ErrAbortHandler)
			}
			return nil
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	s.engine = httptest.NewServer(proxy)
	t.Cleanup(func() {
		s.down()
		s.api.Close()
		s.engine.Close()
	})
	return s
}

// restartEngine starts the engine again, at the same address.
func (s *side) restartEngine(t *testing.T) { s.core.start(t, s.name, s.api.URL) }

// up starts the connector on the ledger of the last one.
func (s *side) up(t *testing.T) {
	t.Helper()
	r := &running{account: s.ledger.newAccount(s.peer, s.scale), payer: s.ledger.payer()}
	engine, err := NewEngine(Settings{AccountID: s.peer, URL: s.engine.URL, Scale: 6})
	if err != nil {
		t.Fatal(err)
	}
	engines := new(Engines)
	engines.Add(engine)
	r.receiver = settle.NewReceiver(settle.ReceiverOptions{
		Ledger: s.ledger, Log: quiet, Alert: func(string, string) {}, Credited: r.payer.Consider,
		Find: func(id string) *account.Account {
			if id == s.peer {
				return r.account
			}
			return nil
		},
	})
	r.accounting = NewAccounting(AccountingOptions{
		Receiver: r.receiver, Engines: engines, Log: quiet, Link: func(string) ilp.Handler { return s.other },
	})
	r.inbox = NewInbox(engines, quiet)
	r.handler = r.inbox.For(r.account)
	s.connector.Store(r)
	if err := r.payer.Add(r.account, engine, 0); err != nil {
		t.Fatal(err)
	}
	r.payer.Begin(r.account.ID)
}

// down ends the connector, whatever it is doing.
func (s *side) down() {
	r := s.connector.Swap(nil)
	if r == nil {
		return
	}
	r.payer.end()
	r.inbox.Close()
}

// HandlePrepare receives a packet for this side.
func (s *side) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	if r := s.connector.Load(); r != nil {
		r.handler.HandlePrepare(up, prepare)
		return
	}
	up.WriteReply(ilp.Fail(ilp.T01, "no connection to account."))
}

// owes fulfills packets to the other side, of so many 10^-9.
func (s *side) owes(nanos int64) {
	s.other.moved(-nanos)
	s.moved(nanos)
}

// moved changes the ledger of one side for such packets, whether it is down or not.
func (s *side) moved(nanos int64) {
	for range 9 - s.scale {
		nanos /= 10
	}
	r := s.connector.Load()
	if r == nil {
		_ = s.ledger.Record(s.peer, balance.FromInt64(-nanos), nil)
		return
	}
	s.ledger.owe(r.account, nanos)
	r.payer.Consider(r.account)
}

// leftover returns what is too small to credit, in units of 10^-6.
func (s *side) leftover(t *testing.T) (units int64) {
	t.Helper()
	all, err := s.connector.Load().receiver.Leftovers()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		n := l.Amount.Int64()
		for range 6 - l.Scale {
			n *= 10
		}
		units += n
	}
	return units
}

var _ ilp.Handler = (*side)(nil)
