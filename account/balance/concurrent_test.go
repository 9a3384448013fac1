package balance_test

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ilp-go/connector/account/balance"
)

const (
	workers = 16
	rounds  = 2000
)

// together runs work on many goroutines at once and waits for all of them.
func together(work func(worker int)) {
	var group sync.WaitGroup
	for worker := range workers {
		group.Go(func() { work(worker) })
	}
	group.Wait()
}

func TestConcurrentReservesFillTheRoomExactly(t *testing.T) {
	b := balance.New(limitsOf("-10000", "10000"))
	var held, reserved atomic.Int64
	together(func(int) {
		for b.Hold(7) {
			held.Add(1)
		}
		for b.Reserve(7) {
			reserved.Add(1)
		}
	})
	if held.Load() != 10000/7 || reserved.Load() != 10000/7 {
		t.Errorf("held %d and reserved %d, want %d of both", held.Load(), reserved.Load(), 10000/7)
	}
	want(t, b, 0, 10000/7*7, 10000/7*7, 0)
}

func TestConcurrentPacketsStayWithinTheLimits(t *testing.T) {
	b := balance.New(limitsOf("-300", "300"))
	var posted atomic.Int64
	together(func(worker int) {
		dice := rand.New(rand.NewPCG(1, uint64(worker)))
		for range rounds {
			posted.Add(packet(b, dice))
			s := b.Snapshot()
			if s.Minimum.Cmp(s.Lowest()) > 0 || s.Maximum.Cmp(s.Highest()) < 0 {
				t.Errorf("between %s and %s, outside %s and %s", s.Lowest(), s.Highest(), s.Minimum, s.Maximum)
				return
			}
		}
	})
	want(t, b, posted.Load(), 0, 0, 0)
}

// packet sends one packet either way, settles now and then, and returns by how
// much it moved what is posted.
func packet(b *balance.Balance, dice *rand.Rand) int64 {
	amount := dice.Uint64N(100)
	fulfilled := dice.IntN(2) == 0
	switch way := dice.IntN(5); {
	case way < 2 && b.Hold(amount):
		if fulfilled {
			b.Post(amount)
			return int64(amount)
		}
		b.Void(amount)
	case way >= 2 && way < 4 && b.Reserve(amount):
		if fulfilled {
			b.Owe(amount)
			return -int64(amount)
		}
		b.Free(amount)
	case way == 4:
		if due, ok := b.Settle(balance.FromInt64(-100), balance.Amount{}); ok {
			if fulfilled {
				b.Settled(due)
				paid, _ := due.Uint64()
				return int64(paid)
			}
			b.Unsettled(due)
		}
	}
	return 0
}

func TestConcurrentSettlesPayOnce(t *testing.T) {
	b := balance.New(limitsOf("-Infinity", "0"))
	b.Restore(amountOf("-100"))
	var times atomic.Int64
	together(func(int) {
		if _, due := b.Settle(amountOf("0"), amountOf("0")); due {
			times.Add(1)
		}
	})
	if times.Load() != 1 {
		t.Errorf("due %d times", times.Load())
	}
	want(t, b, -100, 0, 0, 100)
}
