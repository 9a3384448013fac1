package xrpl

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

const outcomeText = `{"type":"transaction","validated":true,"hash":"%064X","ledger_index":%d,"meta":{"TransactionResult":"tesSUCCESS","AffectedNodes":[]},` +
	`"tx_json":{"TransactionType":"TrustSet","Account":"rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh","Sequence":3,"Fee":"10"}}`

func TestEventsComeInOrderBehindReconnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := good()
		f.handle = func(s *side, r fakeRequest) bool {
			if r.Command == "subscribe" {
				s.ledger(90) // before we are subscribed: Reconnected is still to come
				time.Sleep(time.Millisecond)
				s.usual(r)
			}
			return r.Command == "subscribe"
		}
		var r recorder
		w := start(t, func(o *Options) { o.Events = r.take }, f)
		later(time.Second)
		s := f.connection(t, 1)
		for i := uint32(101); i < 151; i++ {
			s.ledger(i)
			s.send(outcomeText, i, i)
		}
		all := r.all()
		if len(all) != 101 {
			t.Fatalf("%d events", len(all))
		}
		if e := all[0].(Reconnected); e.Server != "wss://server0.example" || e.Ledger.Index != 100 || e.Ledger.ReserveIncrement != 200000 {
			t.Errorf("%+v", e)
		}
		for i := range uint32(50) {
			l, o := all[1+2*i].(Ledger), all[2+2*i].(*Outcome)
			if l.Index != 101+i || o.Ledger != 101+i || o.Result != Success || o.Type != "TrustSet" || o.Sequence != 3 || o.Transaction != nil {
				t.Fatalf("%+v, %+v", l, o)
			}
		}
		s.send(`{"type":"transaction","validated":false,"hash":"%064X","tx_json":{}}`, 1)
		s.CloseNow()
		later(time.Second)
		all = r.all()
		if _, ok := all[len(all)-1].(Reconnected); !ok || len(all) != 102 {
			t.Errorf("%d events, the last is %+v", len(all), all[len(all)-1])
		}
		w.stop(t)
	})
}

// A caller that is slow loses events only together with a connection, and learns of it.
func TestTooManyEventsEndTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := good()
		var r recorder
		hold := make(chan struct{})
		w := start(t, func(o *Options) {
			o.Events = func(e Event) { <-hold; r.take(e) }
		}, f)
		s := f.connection(t, 1) // Reconnected is being handled
		for i := range uint32(eventsMax) {
			s.ledger(101 + i)
		}
		synctest.Wait()
		if st := w.Status(); !st.Connected || f.connections() != 1 {
			t.Fatalf("%+v", st)
		}
		if err := w.Do(t.Context(), "server_info", nil, nil); err != nil {
			t.Errorf("a slow caller stops requests: %v", err)
		}
		s.ledger(5000)
		synctest.Wait()
		if st := w.Status(); st.Servers[0].Reason != ReasonOverflow && f.connections() != 2 {
			t.Fatalf("%+v", st)
		}
		later(3 * time.Hour) // connections come and go
		if n := len(w.queue.events); n > 2*eventsMax {
			t.Errorf("%d events wait", n)
		}
		close(hold)
		all := r.all()
		if _, ok := all[0].(Reconnected); !ok {
			t.Errorf("%+v", all[0])
		}
		if _, ok := all[1].(Reconnected); !ok {
			t.Errorf("events of the connection that was given up come, and some are missing: %+v", all[1])
		}
		w.stop(t)
	})
}

func TestEventsMayAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := good()
		var w *world
		asked := make(chan error, 1)
		begin := make(chan struct{})
		w = start(t, func(o *Options) {
			o.Events = func(Event) { <-begin; asked <- w.Do(t.Context(), "server_info", nil, nil) }
		}, f)
		close(begin)
		if err := <-asked; err != nil {
			t.Error(err)
		}
		w.stop(t)
	})
}

func TestSubscriptionsAreRenewedBeforeReconnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := mustAddress(t, "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"), mustAddress(t, "rKwCnwtM6et7BVaCZm97hbU8oXkoohReea")
		f := good()
		var w *world
		late := make(chan struct{})
		f.handle = func(s *side, r fakeRequest) bool {
			if r.Command == "subscribe" && f.connections() == 3 && slices.Equal(r.Accounts, []string{a.String()}) {
				go func() { // while the connection is set up
					if err := w.Subscribe(w.ctx, b); err != nil {
						t.Error(err)
					}
					close(late)
				}()
				<-late
			}
			return false
		}
		var seen []string // at each Reconnected
		w = start(t, func(o *Options) {
			o.Events = func(e Event) {
				if _, ok := e.(Reconnected); ok {
					seen = append(seen, fmt.Sprint(len(f.subscriptions())))
				}
			}
		}, f)
		if err := w.Subscribe(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		for n := 1; n <= 2; n++ {
			f.connection(t, n).CloseNow()
			later(time.Second)
		}
		if err := w.Unsubscribe(t.Context(), a); err != nil {
			t.Error(err)
		}
		f.connection(t, 3).CloseNow()
		later(time.Second)
		one, two := fmt.Sprint([]AccountID{a}), fmt.Sprint([]AccountID{b})
		want := []string{
			"[]", one, // at the start, by Subscribe
			one,      // the second connection
			one, two, // the third, and what came meanwhile
			two, // the fourth
		}
		if got := f.subscriptions(); !slices.Equal(got, want) {
			t.Errorf("subscribed %q, want %q", got, want)
		}
		synctest.Wait()
		if want := []string{"1", "3", "5", "6"}; !reflect.DeepEqual(seen, want) {
			t.Errorf("Reconnected was told after %q subscribes, want %q", seen, want)
		}
		w.stop(t)
	})
}

// A connection that refuses an account would miss its outcomes without a word.
func TestARefusedSubscriptionEndsTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := mustAddress(t, "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh")
		f := good()
		f.handle = func(s *side, r fakeRequest) bool {
			refuse := r.Command == "subscribe" && f.connections() == 1 && len(r.Accounts) > 0
			if refuse {
				s.refuse(r, "internal")
			}
			return refuse
		}
		w := start(t, nil, f)
		if err := w.Subscribe(t.Context(), a); err == nil {
			t.Error("the refusal is not told")
		}
		later(time.Second)
		if got := f.subscriptions(); f.connections() != 2 || !w.Status().Connected || got[len(got)-1] != fmt.Sprint([]AccountID{a}) {
			t.Errorf("%d connections, %q", f.connections(), got)
		}
		w.stop(t)
	})
}
