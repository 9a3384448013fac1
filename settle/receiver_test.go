package settle

import (
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// openReceiver returns a Receiver in a process, with the account bob of scale 2.
func openReceiver(d *disk, p *process) (*Receiver, *account.Account) {
	limits := balance.Limits{Minimum: balance.Finite(amount(-10)), Maximum: balance.Infinity()}
	a := account.New("bob", account.Settings{AssetScale: 2, Limits: &limits})
	a.Balance.Restore(d.balance("bob"))
	return NewReceiver(ReceiverOptions{
		Ledger: p, Log: slog.New(slog.DiscardHandler), Alert: func(string, string) {},
		Find: func(id string) *account.Account {
			if id == "bob" {
				return a
			}
			return nil
		},
	}), a
}

// wantCredit receives, and compares the credit.
func wantCredit(t *testing.T, c *Receiver, id string, pay int64, scale uint8, want int64) {
	t.Helper()
	got, err := c.Receive("bob", Receipt{ID: id, Amount: amount(pay), Scale: scale})
	if err != nil || got != amount(want) {
		t.Errorf("receipt %s of %d: credited %s, %v; want %d", id, pay, got, err, want)
	}
}

func TestReceiptIsCreditedOncePerIDAcrossRestarts(t *testing.T) {
	d := newDisk()
	for range 3 {
		c, a := openReceiver(d, &process{disk: d})
		for range 2 {
			wantCredit(t, c, "1", 500, 2, 500)
		}
		if s := a.Balance.Snapshot(); s.Posted != amount(-500) || d.balance("bob") != amount(-500) {
			t.Errorf("posted %s, on disk %s", s.Posted, d.balance("bob"))
		}
	}
}

func TestReceiptsAtOnceAreCreditedOnce(t *testing.T) {
	d := newDisk()
	c, a := openReceiver(d, &process{disk: d})
	var engines sync.WaitGroup
	for i := range 20 {
		engines.Go(func() { wantCredit(t, c, fmt.Sprint(i%2), 5, 2, 5) })
	}
	engines.Wait()
	if s := a.Balance.Snapshot(); s.Posted != amount(-10) {
		t.Errorf("posted %s", s.Posted)
	}
}

// The Ledger promises to record nothing after a failure. If it recovers, what it recorded
// when it failed counts.
func TestReceiptThatFailedIsLookedForBeforeItIsCredited(t *testing.T) {
	for _, written := range []bool{false, true} {
		d := newDisk()
		p := &process{disk: d, dieAt: 1, written: written}
		c, _ := openReceiver(d, p)
		r := Receipt{ID: "1", Amount: amount(5), Scale: 2}
		if _, err := c.Receive("bob", r); !errors.Is(err, errDead) {
			t.Error(err)
		}
		p.dead = false
		wantCredit(t, c, "1", 5, 2, 5)
		if d.balance("bob") != amount(-5) {
			t.Errorf("written %t: %s on disk", written, d.balance("bob"))
		}
	}
}

// counted is a store that counts how often it is read.
type counted struct {
	*disk
	loads int
}

// countedLedger is a ledger that reads from a counted disk.
type countedLedger struct {
	*process
	disk *counted
}

func (l countedLedger) Load(prefix string, visit func(key string, value []byte) error) error {
	return l.disk.Load(prefix, visit)
}

func (c *counted) Load(prefix string, visit func(key string, value []byte) error) error {
	c.loads++
	return c.disk.Load(prefix, visit)
}

// While the Ledger fails, a receipt that comes again must not cause a read of all receipts
// of the account.
func TestReceiptsAreNotReadAgainWhileTheLedgerFails(t *testing.T) {
	d := &counted{disk: newDisk()}
	p := &process{disk: d.disk}
	c, _ := openReceiver(d.disk, p)
	c.Ledger = countedLedger{p, d}
	wantCredit(t, c, "1", 5, 2, 5)
	p.die()
	before := d.loads
	for range 100 {
		if _, err := c.Receive("bob", Receipt{ID: "2", Amount: amount(5), Scale: 2}); !errors.Is(err, errDead) {
			t.Error(err)
		}
	}
	if d.loads != before {
		t.Errorf("the store was read %d times while the ledger failed", d.loads-before)
	}
	p.dead = false
	wantCredit(t, c, "1", 5, 2, 5)
	wantCredit(t, c, "2", 5, 2, 5)
	if d.loads == before || d.balance("bob") != amount(-10) {
		t.Errorf("afterwards: read %d times, balance %s", d.loads-before, d.balance("bob"))
	}
}

func TestReceiptIsCreditedWhateverTheLimits(t *testing.T) {
	d := newDisk()
	c, a := openReceiver(d, &process{disk: d})
	alerts, told := 0, 0
	c.Alert = func(_, message string) {
		if message == alertMinimum {
			alerts++
		}
	}
	c.Credited = func(*account.Account) { told++ }
	wantCredit(t, c, "1", 10, 2, 10)
	if alerts != 0 {
		t.Error("an alert at the minimum")
	}
	wantCredit(t, c, "2", 1000, 2, 1000)
	if s := a.Balance.Snapshot(); s.Posted != amount(-1010) || alerts != 1 || told != 2 {
		t.Errorf("posted %s, %d alerts, told %d times", s.Posted, alerts, told)
	}
	if succeeded, _ := a.Counters.IncomingMoney.Last(); *succeeded != amount(1000) {
		t.Errorf("counted %s", succeeded)
	}
}

func TestLeftoversAreKeptAcrossRestartsAndAdded(t *testing.T) {
	d := newDisk()
	wantCredit(t, receiverOn(d), "1", 1999, 5, 1)
	wantCredit(t, receiverOn(d), "2", 0, 0, 0)
	wantCredit(t, receiverOn(d), "1", 1999, 5, 1) // again
	all, err := receiverOn(d).Leftovers()
	if err != nil || len(all) != 1 || all[0].AccountID != "bob" || all[0].Amount.Int64() != 999 || all[0].Scale != 5 {
		t.Errorf("%v, %v", all, err)
	}
	wantCredit(t, receiverOn(d), "3", 10, 6, 1)
	if all, err = receiverOn(d).Leftovers(); len(all) != 0 || err != nil || d.count("leftovers/") != 0 {
		t.Errorf("%v, %v", all, err)
	}
}

func TestLeftoverIsNotThatOfAnAccountWhoseIDBeginsSo(t *testing.T) {
	d := newDisk()
	_ = d.Apply(store.Batch{leftover{big.NewInt(9), 3}.change("bobby", "")})
	wantCredit(t, receiverOn(d), "1", 1, 3, 0)
	if all, err := receiverOn(d).Leftovers(); len(all) != 2 || err != nil {
		t.Errorf("%v, %v", all, err)
	}
}

// The oracle counts in fractions.
func TestNothingIsLostBetweenScales(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := rapid.Uint8().Draw(t, "account")
		var left leftover
		sum, credited := new(big.Rat), new(big.Rat)
		for range rapid.IntRange(1, 8).Draw(t, "receipts") {
			pay := amount(rapid.Int64Range(0, 1<<62).Draw(t, "amount"))
			from := rapid.Uint8().Draw(t, "scale")
			got, rest, fits := left.add(pay, from, scale)
			if !fits {
				continue
			}
			left = rest
			sum.Add(sum, fraction(pay.Big(), from))
			credited.Add(credited, fraction(got.Big(), scale))
		}
		rest := new(big.Rat).Sub(sum, credited)
		kept := new(big.Rat)
		if left.amount != nil {
			kept = fraction(left.amount, left.scale)
		}
		if rest.Cmp(kept) != 0 || rest.Sign() < 0 || rest.Cmp(fraction(big.NewInt(1), scale)) >= 0 {
			t.Errorf("received %s, credited %s, left over %s", sum, credited, kept)
		}
	})
}

func fraction(v *big.Int, scale uint8) *big.Rat { return new(big.Rat).SetFrac(v, power(scale)) }

func TestReceiptsThatCannotBeCredited(t *testing.T) {
	d := newDisk()
	c, a := openReceiver(d, &process{disk: d})
	huge, _ := balance.Parse("100000000000000000000000000000000000000")
	wantCredit(t, c, "1", 500, 2, 500)
	tests := []struct {
		name    string
		account string
		receipt Receipt
		want    error
	}{
		{"another amount", "bob", Receipt{ID: "1", Amount: amount(501), Scale: 2}, ErrReused},
		{"no account", "alice", Receipt{ID: "2", Amount: amount(1)}, ErrNoAccount},
		{"no id", "bob", Receipt{Amount: amount(1)}, ErrReceiptID},
		{"a long id", "bob", Receipt{ID: strings.Repeat("x", 256), Amount: amount(1)}, ErrReceiptID},
		{"no UTF-8", "bob", Receipt{ID: "k\xff", Amount: amount(1)}, ErrReceiptID},
		{"half a character", "bob", Receipt{ID: "k\xc3", Amount: amount(1)}, ErrReceiptID},
		{"a surrogate", "bob", Receipt{ID: "\xed\xa0\x80", Amount: amount(1)}, ErrReceiptID},
		{"a control character", "bob", Receipt{ID: "a\nb", Amount: amount(1)}, ErrReceiptID},
		{"a zero", "bob", Receipt{ID: "\x00", Amount: amount(1)}, ErrReceiptID},
		{"DEL", "bob", Receipt{ID: "a\x7f", Amount: amount(1)}, ErrReceiptID},
		{"a C1 control character", "bob", Receipt{ID: "a\u0085", Amount: amount(1)}, ErrReceiptID},
		{"a long id of UTF-8", "bob", Receipt{ID: strings.Repeat("ü", 128), Amount: amount(1)}, ErrReceiptID},
		{"negative", "bob", Receipt{ID: "2", Amount: amount(-1)}, balance.ErrOutOfRange},
		{"more than there is", "bob", Receipt{ID: "2", Amount: huge, Scale: 0}, balance.ErrOutOfRange},
		{"more than fits the balance", "bob", Receipt{ID: "2", Amount: huge, Scale: 2}, balance.ErrOutOfRange},
	}
	for _, test := range tests {
		if _, err := c.Receive(test.account, test.receipt); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	if s := a.Balance.Snapshot(); s.Posted != amount(-500) || d.balance("bob") != amount(-500) {
		t.Errorf("posted %s, on disk %s", s.Posted, d.balance("bob"))
	}
	_, err := c.Receive("bob", tests[0].receipt)
	if reused, ok := errors.AsType[*ReusedError](err); !ok || reused.First.Amount != amount(500) {
		t.Errorf("%v does not tell the first", err)
	}
	wantCredit(t, c, "1", 50, 1, 500) // the same money
}

func TestReceiptIDsMayBeAnyText(t *testing.T) {
	d := newDisk()
	ids := []string{"x", " ", "a/b", "../1", "Überweisung 7 €", "\U0001F4B6", "\ufffd", strings.Repeat("x", 255), strings.Repeat("ü", 127) + "x"}
	for range 2 {
		c := receiverOn(d)
		for _, id := range ids {
			wantCredit(t, c, id, 1, 2, 1)
		}
	}
	if n := d.count("receipts/bob/"); n != len(ids) {
		t.Errorf("%d receipts on the disk, want %d", n, len(ids))
	}
}

// An earlier version took ids that this one refuses. If such a receipt comes again, it was
// credited all the same.
func TestReceiptThatWasCreditedIsFoundWhateverItsID(t *testing.T) {
	d := newDisk()
	old := &Credit{Receipt: Receipt{ID: "a\u0085b", Amount: amount(5), Scale: 2}, AccountID: "bob", Credited: amount(5), Seen: time.Now()}
	_ = d.Apply(store.Batch{old.change()})
	wantCredit(t, receiverOn(d), old.ID, 5, 2, 5)
	if d.balance("bob") != amount(0) {
		t.Errorf("credited again: %s", d.balance("bob"))
	}
}

func TestEveryPrefixOfAReceiptIsRefused(t *testing.T) {
	e := &Credit{Receipt: Receipt{ID: "a/b", Amount: amount(7), Scale: 3}, AccountID: "bob", Credited: amount(1)}
	value := e.change().Value
	for n := range value {
		if got, err := readCredit("bob", e.key(), value[:n]); err == nil {
			t.Errorf("%d bytes are read as %+v", n, got)
		}
	}
	got, err := readCredit("bob", e.key(), value)
	if err != nil || *got != *e {
		t.Errorf("%+v, %v", got, err)
	}
	left := leftover{big.NewInt(5), 9}.change("bob", "USD")
	for n := range left.Value {
		if got, err := readLeftover(left.Key, left.Value[:n]); err == nil {
			t.Errorf("%d bytes are read as %+v", n, got)
		}
	}
}
