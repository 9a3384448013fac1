package settle

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// lifetime is that of one process: what it owes, what the bank does, and when it dies.
type lifetime struct {
	plan
	owes   []uint64
	pauses []time.Duration
	nows   []bool // settle now, after owing
	script []behavior
}

func drawLifetime(t *rapid.T) lifetime {
	c := lifetime{plan: plan{threshold: -50, to: rapid.SampledFrom([]int64{0, 0, -20, 30}).Draw(t, "settleTo")}}
	c.dieAt = rapid.IntRange(0, 8).Draw(t, "dies at record")
	c.written = rapid.Bool().Draw(t, "and that is written")
	if rapid.Bool().Draw(t, "settles every minute") {
		c.every = time.Minute
	}
	for range rapid.IntRange(0, 5).Draw(t, "packets") {
		c.owes = append(c.owes, rapid.Uint64Range(1, 100).Draw(t, "owes"))
		pause := rapid.SampledFrom([]int{0, 1, 20, 600}).Draw(t, "pause")
		c.pauses = append(c.pauses, time.Duration(pause)*time.Second)
		c.nows = append(c.nows, rapid.IntRange(0, 3).Draw(t, "settles now") == 0)
	}
	for range rapid.IntRange(0, 6).Draw(t, "behaviors") {
		c.script = append(c.script, behavior(rapid.IntRange(0, int(behaviors)-1).Draw(t, "behavior")))
	}
	return c
}

// TestNoDebtIsPaidTwiceOrLost lets processes with a bad bank die between any two steps,
// one after the other on the same disk. The oracle is what the bank has really paid.
func TestNoDebtIsPaidTwiceOrLost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		lifetimes := rapid.SliceOfN(rapid.Custom(drawLifetime), 1, 6).Draw(rt, "lifetimes")
		var failure error
		synctest.Test(t, func(*testing.T) { failure = play(lifetimes) })
		if failure != nil {
			rt.Fatal(failure)
		}
	})
}

// play runs the lifetimes, and then one in which all goes well.
func play(lifetimes []lifetime) error {
	d, b := newDisk(), newBank()
	var owed int64
	highest := int64(0) // the highest settleTo there was
	for _, c := range lifetimes {
		highest = max(highest, c.to)
		n, err := c.play(d, b, b, owed, 0)
		if owed = n; err != nil {
			return err
		}
		if b.total().Cmp(amount(owed+highest)) > 0 {
			return fmt.Errorf("paid %s, owed %d", b.total(), owed)
		}
		time.Sleep(time.Second)
	}
	return settleAllDebts(d, b, owed)
}

// play runs one lifetime with a settler that is b or calls it, and goes on for a while. It
// returns what was owed in all, also if the process has died.
func (c *lifetime) play(d *disk, s Settler, b *bank, owed int64, then time.Duration) (int64, error) {
	b.then(c.script...)
	c.before = func(l *fixture) { b.die = l.process.die }
	l := startPayer(d, s, c.plan)
	defer l.end()
	synctest.Wait()
	for i, v := range c.owes {
		if l.process.isDead() {
			break
		}
		owed += int64(v)
		l.owe(v)
		if c.nows[i] {
			_ = l.payer.SettleNow("bob")
		}
		time.Sleep(c.pauses[i])
		synctest.Wait()
		if err := l.check(b); err != nil {
			return owed, err
		}
	}
	time.Sleep(then)
	return owed, nil
}

// check checks what must hold at every moment.
func (l *fixture) check(b *bank) error {
	open := 0
	for _, s := range l.payer.History() {
		if s.State.Open() {
			open++
		}
		b.mu.Lock()
		_, paid := b.paid[s.ID]
		b.mu.Unlock()
		if s.State == Confirmed && !paid || s.State == NotSent && paid {
			return fmt.Errorf("%+v, paid: %t", s, paid)
		}
	}
	if open > 1 {
		return fmt.Errorf("%d settlements are open at once", open)
	}
	if l.process.isDead() {
		return nil // memory may differ from the disk now
	}
	if s := l.account.Balance.Snapshot(); s.Posted != l.disk.balance("bob") {
		return fmt.Errorf("posted %s in memory, %s on disk", s.Posted, l.disk.balance("bob"))
	}
	return nil
}

// settleAllDebts runs until all is settled. Then every unit that was paid is in the balance,
// and nothing is owed.
func settleAllDebts(d *disk, b *bank, owed int64) error {
	b.then()
	l := startPayer(d, b, plan{threshold: 0})
	defer l.end()
	hour()
	if err := l.payer.SettleNow("bob"); !errors.Is(err, ErrNothingOwed) {
		return fmt.Errorf("settle now: %w", err)
	}
	if err := l.check(b); err != nil {
		return err
	}
	want, _ := b.total().Sub(amount(owed))
	s := l.account.Balance.Snapshot()
	if s.Posted != want || s.Settling.Sign() != 0 || s.Posted.Sign() < 0 {
		return fmt.Errorf("owed %d and paid %s in all, but posted is %s and settling %s", owed, b.total(), s.Posted, s.Settling)
	}
	return nil
}

func (p *process) isDead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead
}

// TestNoReceiptIsLostOrCreditedTwice lets processes die at any record of a receipt. The
// settlement engine sends each receipt again until it is credited.
func TestNoReceiptIsLostOrCreditedTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := newDisk()
		pays := rapid.SliceOfN(rapid.Int64Range(0, 3000), 1, 8).Draw(t, "receipts")
		var sum int64
		for i, pay := range pays {
			sum += pay
			r := Receipt{ID: fmt.Sprint(i), Amount: amount(pay), Scale: 5}
			for told := false; !told; {
				p := &process{disk: d, dieAt: rapid.IntRange(0, 2).Draw(t, "dies at record"), written: rapid.Bool().Draw(t, "and that is written")}
				c, _ := openReceiver(d, p)
				for range rapid.IntRange(1, 2).Draw(t, "times") {
					_, err := c.Receive("bob", r)
					told = told || err == nil
				}
			}
		}
		left := int64(0)
		all, err := receiverOn(d).Leftovers()
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range all {
			left += l.Amount.Int64() * power(5-l.Scale).Int64()
		}
		// The account has scale 2: 1000 of the units of scale 5 are one of its own.
		want := amount(-(sum - left) / 1000)
		if got := d.balance("bob"); got != want || left >= 1000 {
			t.Errorf("received %d, left over %d, balance %s, want %s", sum, left, got, want)
		}
	})
}

func receiverOn(d *disk) *Receiver {
	c, _ := openReceiver(d, &process{disk: d})
	return c
}
