package connector

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// oneAlert keeps the alert that is raised.
type oneAlert struct{ atomic.Pointer[string] }

func (o *oneAlert) Raise(_, message string) { o.Store(&message) }
func (o *oneAlert) Resolve(string)          { o.Store(nil) }

func TestLedgerThatIsAwayForAMinuteRaisesAnAlert(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var connected atomic.Bool
		alert := new(oneAlert)
		status := func() xrpl.Status {
			return xrpl.Status{Connected: connected.Load(), Servers: []xrpl.ServerStatus{{Server: "wss://a"}, {Server: "wss://b", Reason: xrpl.ReasonLags, Detail: "by 9"}}}
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			ledgerWatch{status, alert}.run(ctx)
			close(ended)
		}()
		wants := func(raised bool) {
			t.Helper()
			synctest.Wait()
			if got := alert.Load(); (got != nil) != raised {
				t.Errorf("the alert is raised: %t", !raised)
			}
		}
		time.Sleep(55 * time.Second)
		wants(false)
		time.Sleep(11 * time.Second)
		wants(true)
		if got := alert.Load(); got != nil && !strings.HasSuffix(*got, ": wss://a: not tried yet; wss://b: lags behind, by 9") {
			t.Error(*got)
		}
		connected.Store(true)
		time.Sleep(6 * time.Second)
		wants(false)
		connected.Store(false)
		time.Sleep(50 * time.Second)
		wants(false)
		cancel()
		<-ended
	})
}
