package settle

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// A plugin may tell of any number of payments, and never tells of one again. None waits, and none
// fills the memory, whatever a settlement engine has sent before.
func TestReceiptsThatComeOnceAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // time stands still while nothing waits
		d := newDisk()
		c, a := openReceiver(d, &process{disk: d})
		fixture := &receiverFixture{Receiver: c}
		fixture.fill(t, time.Now())
		began := time.Now()
		const n = onceMax + 50
		for i := range n {
			if got, err := c.ReceiveOnce(t.Context(), "bob", Receipt{ID: fmt.Sprint("once ", i), Amount: amount(1), Scale: 2}); err != nil || got != amount(1) {
				t.Fatal(got, err)
			}
			time.Sleep(time.Millisecond) // so that they have an order
		}
		if waited := time.Since(began); waited != n*time.Millisecond {
			t.Errorf("%d receipts took %v", n, waited)
		}
		if s := a.Balance.Snapshot(); s.Posted != amount(-n) || d.balance("bob") != amount(-n) {
			t.Errorf("posted %s, on disk %s", s.Posted, d.balance("bob"))
		}
		for range 2 { // and after a restart
			if log := c.logOf("bob"); len(log.once) != onceMax || d.count("receipts/bob/once ") != onceMax {
				t.Errorf("%d are remembered, %d on disk", len(log.once), d.count("receipts/bob/once "))
			}
			all, err := c.Receipts("bob", 1)
			if err != nil || all[0].ID != fmt.Sprint("once ", n-1) {
				t.Errorf("%v %v", all, err)
			}
			c = receiverOn(d)
			if _, err := c.Receipts("bob", 1); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Whoever ends the link of an account while it is held would wait for ever otherwise.
func TestReceiptThatComesOnceWaitsNoLongerThanItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		c, _ := openReceiver(d, &process{disk: d})
		release := c.Hold("bob")
		ctx, cancel := context.WithCancel(t.Context())
		outcomes := make(chan error, 2)
		receive := func() {
			_, err := c.ReceiveOnce(ctx, "bob", Receipt{ID: "a", Amount: amount(1), Scale: 2})
			outcomes <- err
		}
		go receive()
		synctest.Wait()
		if len(outcomes) > 0 {
			t.Fatal("the receipt has not waited")
		}
		cancel()
		if err := <-outcomes; !errors.Is(err, ErrHeld) || d.balance("bob") != (balance.Amount{}) {
			t.Errorf("%v, %s on disk", err, d.balance("bob"))
		}
		release()
		receive() // its context has ended, and nothing holds it up
		if err := <-outcomes; err != nil || d.balance("bob") != amount(-1) {
			t.Errorf("%v, %s on disk", err, d.balance("bob"))
		}
	})
}

// What proves a payment is there if and only if the payment is credited.
func TestProofOfAReceiptIsKeptWithIt(t *testing.T) {
	d := newDisk()
	p := &process{disk: d}
	c, _ := openReceiver(d, p)
	receive := func(id, proof string) error {
		_, err := c.ReceiveOnce(t.Context(), "bob", Receipt{ID: id, Amount: amount(5), Scale: 2}, store.Change{Key: "proof", Value: []byte(proof)})
		return err
	}
	proof := func() (kept string) {
		if err := d.Load("proof", func(_ string, value []byte) error {
			kept = string(value)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return kept
	}
	if err := receive("a", "first"); err != nil || proof() != "first" || d.balance("bob") != amount(-5) {
		t.Errorf("%v, %q, %s", err, proof(), d.balance("bob"))
	}
	if err := receive("", "refused"); !errors.Is(err, ErrReceiptID) || proof() != "first" {
		t.Errorf("refused: %v, %q", err, proof())
	}
	p.die()
	if err := receive("b", "lost"); err == nil || proof() != "first" || d.balance("bob") != amount(-5) {
		t.Errorf("dead: %v, %q, %s", err, proof(), d.balance("bob"))
	}
}
