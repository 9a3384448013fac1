package settle

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestReceiptsAreForgottenButNotTooSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		c, _ := openReceiver(d, &process{disk: d})
		wantCredit(t, c, "seen", 1, 2, 1)
		wantCredit(t, c, "old", 1, 2, 1)
		for range 20 {
			time.Sleep(touchEvery)
			wantCredit(t, c, "seen", 1, 2, 1)
			wantCredit(t, c, "seen", 1, 2, 1)
		}
		time.Sleep(receiptsKept - 20*touchEvery)
		wantCredit(t, c, "in time", 1, 2, 1)
		if d.count("receipts/bob/") != 3 {
			t.Errorf("%d receipts", d.count("receipts/bob/"))
		}
		time.Sleep(1)
		c, _ = openReceiver(d, &process{disk: d})
		wantCredit(t, c, "new", 1, 2, 1)
		all, err := c.Receipts("bob", 10)
		if err != nil || len(all) != 3 || all[0].ID != "new" || all[2].ID != "seen" || d.count("receipts/bob/") != 3 {
			t.Errorf("%v, %v", all, err)
		}
		if all, _ = c.Receipts("bob", 1); len(all) != 1 {
			t.Errorf("%d receipts, want 1", len(all))
		}
		if _, err := c.Receipts("alice", 1); !errors.Is(err, ErrNoAccount) {
			t.Error(err)
		}
	})
}

func TestManyReceiptsAreForgottenSooner(t *testing.T) {
	now := time.Now()
	d := &receiptLog{}
	add := func(n int, age time.Duration) {
		for range n {
			d.bySeen = append(d.bySeen, &Credit{Seen: now.Add(-age)})
		}
	}
	add(receiptsMax, receiptsKeptMin+1)
	if n := d.old(now); n != 1 {
		t.Errorf("%d of %d too many are forgotten", n, 1)
	}
	d.bySeen = nil
	add(2*receiptsMax, receiptsKeptMin)
	if n := d.old(now); n != 0 {
		t.Errorf("%d are forgotten before RFC 38 allows", n)
	}
	d.bySeen = nil
	add(1000, receiptsKept+1)
	if n := d.old(now); n != forgetMax {
		t.Errorf("%d are forgotten at once", n)
	}
}

// fill makes the account remember as many receipts as it may before new ones must wait.
func (s *receiverFixture) fill(t *testing.T, seen time.Time) {
	t.Helper()
	if _, err := s.Receipts("bob", 1); err != nil {
		t.Fatal(err)
	}
	d := s.logOf("bob")
	for i := range receiptsMax {
		e := &Credit{Receipt: Receipt{ID: fmt.Sprint("old ", i), Amount: amount(1), Scale: 2}, AccountID: "bob", Credited: amount(1), Seen: seen}
		d.byID[e.ID] = e
		d.bySeen = append(d.bySeen, e)
	}
}

// An account remembers a bounded number of ids, even if its engine makes up ids without end.
// Each of its payments is credited.
func TestReceiptsOfAFullAccountComeOneASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newReceiverFixture(newDisk(), "USD", 2)
		s.fill(t, time.Now())
		began := time.Now()
		for i := range 5 {
			wantCredit(t, s.Receiver, fmt.Sprint(i), 1, 2, 1)
			wantCredit(t, s.Receiver, fmt.Sprint(i), 1, 2, 1) // again
			wantCredit(t, s.Receiver, "old 7", 1, 2, 1)
		}
		if passed := time.Since(began); passed != 5*turnEvery {
			t.Errorf("5 receipts took %s", passed)
		}
		if n := s.disk.balance("bob"); n != amount(-5) {
			t.Errorf("the balance is %s", n)
		}
		time.Sleep(receiptsKeptMin) // so old that RFC 38 and more lets us forget them
		began = time.Now()
		for i := range 10 {
			wantCredit(t, s.Receiver, fmt.Sprint("later ", i), 1, 2, 1)
		}
		if passed := time.Since(began); passed != 0 {
			t.Errorf("10 receipts took %s once there was room", passed)
		}
	})
}

func TestReceiptsThatWaitHaveABound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newReceiverFixture(newDisk(), "USD", 2)
		s.fill(t, time.Now())
		var engines sync.WaitGroup
		var mu sync.Mutex
		credited, busy := 0, 0
		for i := range 2 * waitingMax {
			engines.Go(func() {
				_, err := s.Receive("bob", Receipt{ID: fmt.Sprint(i % waitingMax), Amount: amount(1), Scale: 2})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					credited++
				case errors.Is(err, ErrBusy):
					busy++
				default:
					t.Error(err)
				}
			})
		}
		engines.Wait()
		if credited != waitingMax || busy != waitingMax {
			t.Errorf("%d were credited, %d were to come again", credited, busy)
		}
		for i := range waitingMax {
			wantCredit(t, s.Receiver, fmt.Sprint(i), 1, 2, 1)
		}
		if n := s.disk.balance("bob"); n != amount(-waitingMax) {
			t.Errorf("the balance is %s", n)
		}
	})
}

// The account is removed while a receipt waits for its turn, and is added again with another
// asset.
func TestReceiptThatWaitsIsNotCreditedInAnotherAsset(t *testing.T) {
	for asset, want := range map[string]error{"EUR": ErrNoAccount, "USD": nil} {
		synctest.Test(t, func(t *testing.T) {
			s := newReceiverFixture(newDisk(), "USD", 2)
			s.fill(t, time.Now())
			received := make(chan error, 1)
			go func() {
				_, err := s.Receive("bob", Receipt{ID: "in USD", Amount: amount(500), Scale: 2})
				received <- err
			}()
			synctest.Wait()
			if err := s.Remove(s.bob.Swap(nil)); err != nil {
				t.Fatal(err)
			}
			a := s.open(asset, 2)
			err := <-received
			credited := a.Balance.Snapshot().Posted.Sign() != 0
			if !errors.Is(err, want) || credited != (want == nil) || s.disk.count("receipts/bob/in USD") == 1 != credited {
				t.Errorf("paid in USD, with an account in %s: credited %t, %v", asset, credited, err)
			}
		})
	}
}

// A credited receipt stays credited, whatever asset the account has when it comes again.
func TestReceiptThatWaitsIsFoundIfItWasCreditedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newReceiverFixture(newDisk(), "USD", 2)
		s.fill(t, time.Now())
		received := make(chan error, 1)
		go func() {
			_, err := s.Receive("bob", Receipt{ID: "twice", Amount: amount(5), Scale: 2})
			received <- err
		}()
		synctest.Wait()
		_ = s.Remove(s.bob.Swap(nil))
		s.open("EUR", 2)
		wantCredit(t, s.Receiver, "twice", 5, 2, 5)
		if err := <-received; err != nil || s.disk.balance("bob") != amount(-5) {
			t.Errorf("%v; the balance is %s", err, s.disk.balance("bob"))
		}
	})
}
