package test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestSettlementResumes stops a connector as an operator does while nobody knows whether a settlement was paid. The
// next one has the balance, the settlement and the alert from the first moment, pays nothing else, and ends well.
func TestSettlementResumes(t *testing.T) {
	t.Parallel()
	eachCast(t, []string{"o"}, func(t *testing.T, c cast) {
		d := startDebtor(t, c[0])
		d.payer.fail(true, answering(http.StatusInternalServerError))
		d.owe(600)
		d.awaitAlert(alertUnknown)
		d.restart(func() {
			d.Stop()
			d.payer.fail(true, mute) // so that the next one gets no alert of its own
		})
		d.heard()
		d.stands("-600", "600")
		if got := d.Admin.alerts(t, "bob"); !slices.Equal(got, []string{alertUnknown}) {
			t.Errorf("the alerts are %q", got)
		}

		d.owe(700)
		d.stands("-1300", "600")
		d.restart(d.Stop)
		d.heard()
		d.stands("-1300", "600")
		if keys, _ := d.payer.seen(); len(keys) != 1 {
			t.Errorf("asked for %q while the first was not known", keys)
		}
		d.payer.fail(false)
		d.payer.wake()
		d.stands("0", "0")
		d.paidOnce(600, 700)
	})
}

// TestSettlementNotSent has the engine gone, and refuse: nothing was paid, which is known, and it is tried again as
// another settlement.
func TestSettlementNotSent(t *testing.T) {
	t.Parallel()
	eachCast(t, []string{"o"}, func(t *testing.T, c cast) {
		d := startDebtor(t, c[0])
		d.payer.fail(false, forgetful)
		d.owe(600)
		d.awaitAlert(alertNotSent)
		d.stands("0", "0")
		if keys, paid := d.payer.seen(); len(keys) != 2 || paid[0] != "" || paid[1] == "" {
			t.Errorf("paid %q under the keys %q", paid, keys)
		}
	})
}

// TestSettlementReceipts has an engine tell of payments while the connector is killed again and again. Each is
// credited once, and what is no whole unit is kept to the last digit.
func TestSettlementReceipts(t *testing.T) {
	t.Parallel()
	eachCast(t, []string{"o"}, func(t *testing.T, c cast) {
		const payments = 20
		d := startDebtor(t, c[0])
		var told sync.WaitGroup
		failed := make(chan error, payments)
		for i := range payments {
			told.Go(func() {
				// 12.345 units, and once more when it has been credited.
				for range 2 {
					if err := d.tell(t.Context(), fmt.Sprintf("payment-%d", i), `{"amount":"12345","scale":12}`); err != nil {
						failed <- err
						return
					}
				}
			})
		}
		for range 3 {
			pause(rand.N(30 * time.Millisecond))
			d.restart(d.Kill)
		}
		told.Wait()
		close(failed)
		for err := range failed {
			t.Error(err)
		}
		d.stands("-246", "0")
		d.Stop()
		if k := keptOf(t, d.store, "bob"); k.receipts != payments || k.credited != 246 || k.leftover != "9 10" || k.balance != "-246 9 XRP" {
			t.Errorf("kept are %+v", k)
		}
	})
}

// tell tells the connector of a payment, as an engine does: until it says that it has it.
func (d *debtor) tell(ctx context.Context, key, quantity string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for ctx.Err() == nil {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.api, strings.NewReader(quantity))
		if err != nil {
			return err
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Idempotency-Key", key)
		request.Close = true
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			pause(10 * time.Millisecond) // nobody is there
			continue
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err == nil && (response.StatusCode != http.StatusCreated || string(body) != quantity) {
			return fmt.Errorf("%s: answered %d %s", key, response.StatusCode, body)
		}
		if err == nil {
			return nil
		}
	}
	return fmt.Errorf("%s: %w", key, ctx.Err())
}
