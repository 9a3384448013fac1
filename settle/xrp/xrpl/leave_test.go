package xrpl

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Each way in which a server is of no use has a name that operators see, and we turn to the
// next server.
func TestServersOfNoUseAreLeft(t *testing.T) {
	on := func(command string, do func(*side, fakeRequest)) func(*fake) {
		return func(f *fake) {
			f.handle = func(s *side, r fakeRequest) bool {
				if r.Command != command {
					return false
				}
				do(s, r)
				return true
			}
		}
	}
	// after does something once the server is in use.
	after := func(do func(*side)) func(*fake) {
		return on("subscribe", func(s *side, r fakeRequest) {
			s.usual(r)
			go func() { time.Sleep(time.Second); do(s) }()
		})
	}
	five := uint32(5)
	for name, c := range map[string]struct {
		reason Reason
		spoil  func(*fake)
		within time.Duration
	}{
		"cannot be reached":         {ReasonUnreachable, func(f *fake) { f.dialFails = errors.New("refused") }, 0},
		"other network":             {ReasonOtherNetwork, func(f *fake) { f.network = 6 }, 0},
		"syncing":                   {ReasonNotSynced, func(f *fake) { f.info = map[string]any{"server_state": "syncing"} }, 0},
		"no validated ledger":       {ReasonNotSynced, func(f *fake) { f.validated = nil }, 0},
		"amendment blocked":         {ReasonBlocked, func(f *fake) { f.info = map[string]any{"amendment_blocked": true} }, 0},
		"an old ledger":             {ReasonLags, func(f *fake) { f.validated = map[string]any{"age": 61} }, 0},
		"an info without sense":     {ReasonGarbage, func(f *fake) { f.info = map[string]any{"network_id": "x"} }, 0},
		"no info":                   {ReasonNoAnswer, on("server_info", func(*side, fakeRequest) {}), 20 * time.Second},
		"info refused":              {ReasonRefused, on("server_info", func(s *side, r fakeRequest) { s.refuse(r, "invalid_API_version") }), 0},
		"subscribe refused":         {ReasonRefused, on("subscribe", func(s *side, r fakeRequest) { s.refuse(r, "noPermission") }), 0},
		"subscribe without ledger":  {ReasonGarbage, on("subscribe", func(s *side, r fakeRequest) { s.answer(r, map[string]any{}) }), 0},
		"no network":                {ReasonNotSynced, on("server_info", func(s *side, r fakeRequest) { s.refuse(r, "noNetwork") }), 0},
		"too busy":                  {ReasonSlowDown, on("subscribe", func(s *side, r fakeRequest) { s.refuse(r, "tooBusy") }), 0},
		"slow down":                 {ReasonSlowDown, after(func(s *side) { s.send(`{"error":"slowDown","type":"response","status":"error"}`) }), time.Second},
		"a complaint":               {ReasonRefused, after(func(s *side) { s.send(`{"error":"jsonInvalid\u0000","value":"x"}`) }), time.Second},
		"no JSON":                   {ReasonGarbage, after(func(s *side) { s.send("<html>") }), time.Second},
		"an id that is no number":   {ReasonGarbage, after(func(s *side) { s.send(`{"id":"x"}`) }), time.Second},
		"binary messages":           {ReasonGarbage, after(func(s *side) { s.send("\x00{}") }), time.Second},
		"a ledger without sense":    {ReasonGarbage, after(func(s *side) { s.send(`{"type":"ledgerClosed","ledger_index":-1}`) }), time.Second},
		"a ledger without index":    {ReasonGarbage, after(func(s *side) { s.send(`{"type":"ledgerClosed"}`) }), time.Second},
		"a fee above all XRP":       {ReasonGarbage, after(func(s *side) { s.send(`{"type":"ledgerClosed","ledger_index":200,"fee_base":100000000000000001}`) }), time.Second},
		"a transaction of no sense": {ReasonGarbage, after(func(s *side) { s.send(`{"type":"transaction","validated":true}`) }), time.Second},
		"the end":                   {ReasonClosed, after(func(s *side) { s.CloseNow() }), time.Second},
		"no new ledger":             {ReasonSilent, after(func(*side) {}), 30 * time.Second},
		"ledgers that fall behind": {ReasonLags, after(func(s *side) {
			for i := range 4 {
				time.Sleep(20 * time.Second)
				s.send(`{"type":"ledgerClosed","ledger_index":%d,"ledger_time":%d}`, 101+i, i)
			}
		}), 82 * time.Second},
		"the same ledger once again": {ReasonSilent, after(func(s *side) { s.ledger(99); s.ledger(100) }), 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bad, other := good(), good()
				bad.network, other.network = 5, 5
				c.spoil(bad)
				w := start(t, func(o *Options) { o.NetworkID = &five }, bad, other)
				later(c.within)
				st := w.Status()
				if s := st.Servers[0]; s.InUse || s.Reason != c.reason || s.Detail == "" || s.Failures != 1 || strings.Contains(s.Detail, "\x00") {
					t.Errorf("%+v, want reason %q", s, c.reason)
				}
				if !st.Connected || !st.Servers[1].InUse || st.Servers[1].Server != "wss://server1.example" {
					t.Errorf("the next server is not in use: %+v", st)
				}
				if !strings.Contains(w.log.String(), string(c.reason)) {
					t.Errorf("the reason is not in the log:\n%s", &w.log)
				}
				w.stop(t)
			})
		})
	}
}

// Servers that keep history (Clio) say no state.
func TestAServerWithoutAStateIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := good()
		f.info = map[string]any{"server_state": nil, "clio_version": "2.7.0"}
		w := start(t, nil, f)
		if st := w.Status(); !st.Connected {
			t.Errorf("%+v", st)
		}
		w.stop(t)
	})
}

func TestLedgersKeepAServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := good()
		w := start(t, nil, f)
		for i := range uint32(20) {
			later(29 * time.Second)
			f.connection(t, 1).ledger(101 + i)
			f.connection(t, 1).send(`{"type":"newKindOfMessage","a":[1]}`)
		}
		synctest.Wait()
		if st := w.Status(); f.connections() != 1 || st.Ledger.Index != 120 || st.Ledger.BaseFee != 10 || !st.Ledger.CloseTime.Equal(time.Now()) {
			t.Errorf("%d connections, %+v", f.connections(), st)
		}
		w.stop(t)
	})
}

// If the operator names no network, the first one that we see is the one: a server of
// another network must not make us believe that our channels are gone.
func TestTheFirstNetworkIsTheOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := good(), good()
		a.network, b.network = 21337, 1
		w := start(t, nil, a, b)
		a.connection(t, 1).CloseNow()
		later(time.Minute)
		st := w.Status()
		if !st.Servers[0].InUse || st.Servers[1].Reason != ReasonOtherNetwork || *st.NetworkID != 21337 {
			t.Errorf("%+v", st)
		}
		w.stop(t)
	})
}

func TestAServerBehindTheOthersIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, c := good(), good(), good()
		b.validated["seq"], c.validated["seq"] = 200, 210
		w := start(t, nil, a, b, c)
		a.connection(t, 1).ledger(216)
		synctest.Wait()
		a.connection(t, 1).CloseNow()
		synctest.Wait()
		st := w.Status()
		if !st.Servers[2].InUse || st.Servers[1].Reason != ReasonLags || !strings.Contains(st.Servers[1].Detail, "216") {
			t.Errorf("%+v", st)
		}
		// A server that lied about the newest ledger must not make all others useless for ever.
		c.connection(t, 1).ledger(1 << 31)
		synctest.Wait()
		c.connection(t, 1).CloseNow()
		later(time.Second)
		if st := w.Status(); !st.Connected {
			t.Errorf("%+v", st)
		}
		w.stop(t)
	})
}
