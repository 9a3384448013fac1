package settle

import (
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// receiverFixture is a Receiver with one account, bob, whose asset and scale may change.
type receiverFixture struct {
	*Receiver
	disk    *disk
	process *process
	bob     atomic.Pointer[account.Account]
	alerts  []string
}

func newReceiverFixture(d *disk, asset string, scale uint8) *receiverFixture {
	s := &receiverFixture{disk: d, process: &process{disk: d}}
	s.Receiver = NewReceiver(ReceiverOptions{
		Ledger: s.process, Log: slog.New(slog.DiscardHandler),
		Alert: func(_, message string) { s.alerts = append(s.alerts, message) },
		Find: func(id string) *account.Account {
			if id == "bob" {
				return s.bob.Load()
			}
			return nil
		},
	})
	s.open(asset, scale)
	return s
}

// open adds bob, with his balance on the disk.
func (s *receiverFixture) open(asset string, scale uint8) *account.Account {
	limits := balance.Limits{Minimum: balance.NegativeInfinity(), Maximum: balance.Infinity()}
	a := account.New("bob", account.Settings{AssetCode: asset, AssetScale: scale, Limits: &limits})
	a.Balance.Restore(s.disk.balance("bob"))
	s.bob.Store(a)
	return a
}

// wantLeft compares the leftovers, as in "bob 4 3 USD".
func (s *receiverFixture) wantLeft(t *testing.T, want ...string) {
	t.Helper()
	all, err := s.Leftovers()
	var got []string
	for _, l := range all {
		got = append(got, fmt.Sprint(l.AccountID, " ", l.Amount, " ", l.Scale, " ", l.Asset))
	}
	if err != nil || strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("left over are %q, want %q: %v", got, want, err)
	}
}

// oldLeftover writes a leftover as an earlier version did.
func oldLeftover(id string, amount int64, scale uint8) store.Change {
	return store.Change{Key: leftoversPrefix + id, Value: leftover{big.NewInt(amount), scale}.change(id, "").Value}
}

func TestLeftoverOfOneAssetIsNotCreditedInAnother(t *testing.T) {
	for _, restarts := range []bool{false, true} {
		s := newReceiverFixture(newDisk(), "USD", 2)
		anew := func(asset string, scale uint8) {
			if restarts {
				s = newReceiverFixture(s.disk, asset, scale)
				return
			}
			s.open(asset, scale)
		}
		wantCredit(t, s.Receiver, "1", 4, 3, 0)
		anew("EUR", 2)
		wantCredit(t, s.Receiver, "2", 7, 3, 0)
		s.wantLeft(t, "bob 7 3 EUR", "bob 4 3 USD")
		wantCredit(t, s.Receiver, "1", 4, 3, 0) // again
		anew("USD", 3)                          // in another scale it is a unit
		wantCredit(t, s.Receiver, "3", 0, 3, 4)
		anew("EUR", 0)
		wantCredit(t, s.Receiver, "4", 1, 0, 1)
		s.wantLeft(t, "bob 7 3 EUR")
		wantCredit(t, s.Receiver, "5", 993, 3, 1)
		s.wantLeft(t)
		if n := s.disk.count("leftovers/"); n != 0 {
			t.Errorf("%d leftovers are on the disk", n)
		}
	}
}

func TestLeftoverOfAnEarlierVersionIsOfTheAssetThereIs(t *testing.T) {
	s := newReceiverFixture(newDisk(), "USD", 2)
	_ = s.disk.Apply(store.Batch{oldLeftover("bob", 4, 3), oldLeftover("carl", 1, 9), oldLeftover("bob-x", 2, 9)})
	s.wantLeft(t, "bob 4 3 USD", "bob-x 2 9 ", "carl 1 9 ")
	wantCredit(t, s.Receiver, "1", 3, 4, 0)
	if s.process.records != 1 || s.disk.count("leftovers/bob/") != 1 || len(s.disk.values["leftovers/bob"]) > 0 {
		t.Errorf("%d records, leaving %v", s.process.records, s.disk.values)
	}
	s.wantLeft(t, "bob 43 4 USD", "bob-x 2 9 ", "carl 1 9 ")
	wantCredit(t, newReceiverFixture(s.disk, "USD", 2).Receiver, "2", 57, 4, 1)
}

// An earlier version does not see what this one has written, and starts another leftover.
// Both are money.
func TestLeftoversOfTwoVersionsAreAdded(t *testing.T) {
	s := newReceiverFixture(newDisk(), "USD", 2)
	_ = s.disk.Apply(store.Batch{oldLeftover("bob", 9, 3), leftover{big.NewInt(85), 4}.change("bob", "USD")})
	wantCredit(t, s.Receiver, "1", 0, 0, 1)
	s.wantLeft(t, "bob 75 4 USD")
	if len(s.disk.values["leftovers/bob"]) > 0 {
		t.Error("the old one is still there")
	}
}

// A leftover that was read as dollars stays in dollars when the account has euros, in the
// same process and in the next one.
func TestLeftoverOfAnEarlierVersionStaysInItsAsset(t *testing.T) {
	for name, before := range map[string]func(s *receiverFixture){
		"looked at":        func(s *receiverFixture) { _, _ = s.Receipts("bob", 1) },
		"removed":          func(s *receiverFixture) { _ = s.Remove(s.bob.Swap(nil)) },
		"looked at, gone":  func(s *receiverFixture) { _, _ = s.Receipts("bob", 1); _ = s.Remove(s.bob.Swap(nil)) },
		"gone, and a look": func(s *receiverFixture) { _ = s.Remove(s.bob.Swap(nil)); s.open("EUR", 2); _, _ = s.Receipts("bob", 1) },
	} {
		s := newReceiverFixture(newDisk(), "USD", 2)
		_ = s.disk.Apply(store.Batch{oldLeftover("bob", 4, 3)})
		before(s)
		if name != "looked at" {
			s = newReceiverFixture(s.disk, "EUR", 2)
		}
		s.open("EUR", 2)
		wantCredit(t, s.Receiver, "1", 6, 3, 0)
		s.wantLeft(t, "bob 6 3 EUR", "bob 4 3 USD")
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// A key that no store accepts would make the Ledger fail for good.
func TestReceiptWhoseKeyCannotBeKeptIsNotRecorded(t *testing.T) {
	s := newReceiverFixture(newDisk(), strings.Repeat("X", store.KeyMax), 2)
	if _, err := s.Receive("bob", Receipt{ID: "1", Amount: amount(4), Scale: 3}); err == nil || s.process.records > 0 {
		t.Errorf("%v after %d records", err, s.process.records)
	}
	wantCredit(t, s.Receiver, "1", 4, 2, 4) // with nothing left over
}

// receiveTwo begins to credit two receipts of 5 units of 0.01. When it returns, the first is
// being recorded, and the second has found the account and waits.
func (s *receiverFixture) receiveTwo() (release func(), credited chan balance.Amount, failed chan error) {
	find, found := s.Find, make(chan struct{}, 10)
	s.Find = func(id string) *account.Account {
		defer func() { found <- struct{}{} }()
		return find(id)
	}
	release = s.process.block()
	credited, failed = make(chan balance.Amount, 2), make(chan error, 2)
	for i, finds := range []int{2, 1} { // the first has found the account again, under the lock
		go func() {
			n, err := s.Receive("bob", Receipt{ID: fmt.Sprint(i), Amount: amount(5), Scale: 2})
			failed <- err
			credited <- n
		}()
		for range finds {
			<-found
		}
	}
	return release, credited, failed
}

// After Remove no receipt is credited to the next account with that id, and everything that
// was credited is in the balance.
func TestRemoveWaitsForReceipts(t *testing.T) {
	s := newReceiverFixture(newDisk(), "USD", 2)
	release, _, failed := s.receiveTwo()
	gone := s.bob.Swap(nil)
	removed := make(chan balance.Amount)
	go func() {
		if err := s.Remove(gone); err != nil {
			t.Error(err)
		}
		removed <- gone.Balance.Snapshot().Posted
	}()
	release()
	if posted := <-removed; posted != amount(-5) || s.disk.balance("bob") != amount(-5) {
		t.Errorf("posted %s, on disk %s", posted, s.disk.balance("bob"))
	}
	if one, other := <-failed, <-failed; one == other || one != nil && one != ErrNoAccount || other != nil && other != ErrNoAccount {
		t.Errorf("credited: %v, %v", one, other)
	}
}

// A receipt that had to wait is credited to the account that exists by then.
func TestReceiptIsOfTheAccountThatIsThereWhenItIsCredited(t *testing.T) {
	s := newReceiverFixture(newDisk(), "USD", 2)
	release, credited, _ := s.receiveTwo()
	old := s.bob.Load()
	now := s.open("USD", 4)
	release()
	if sum, _ := (<-credited).Add(<-credited); sum != amount(5+500) {
		t.Errorf("credited %s in all", sum)
	}
	if a, b := old.Balance.Snapshot().Posted, now.Balance.Snapshot().Posted; a != amount(-5) || b != amount(-500) {
		t.Errorf("posted %s and %s", a, b)
	}
}

// racing is a Ledger that does something between the record and its end.
type racing struct {
	Ledger
	after func()
}

func (r racing) Record(id string, delta balance.Amount, changes store.Batch) error {
	err := r.Ledger.Record(id, delta, changes)
	r.after()
	return err
}

// A durable receipt was credited, whatever happens in memory. Its engine must not send the
// money again under another id.
func TestDurableReceiptIsCreditedEvenIfMemoryCannotFollow(t *testing.T) {
	s := newReceiverFixture(newDisk(), "USD", 2)
	huge, _ := balance.Parse("100000000000000000000000000000000000000")
	s.Ledger = racing{s.process, func() { _ = s.bob.Load().Balance.Credit(huge) }}
	half, _ := balance.Parse("75000000000000000000000000000000000000")
	for range 2 {
		if got, err := s.Receive("bob", Receipt{ID: "1", Amount: half, Scale: 2}); err != nil || got != half {
			t.Errorf("credited %s, %v", got, err)
		}
	}
	if strings.Join(s.alerts, "") != alertMemory {
		t.Errorf("alerts %q", s.alerts)
	}
}
