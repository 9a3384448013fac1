package account_test

import (
	"math"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
)

func TestResultOfAnAnswer(t *testing.T) {
	for _, c := range []struct {
		reply  ilp.Reply
		result account.Result
		name   string
	}{
		{ilptest.Fulfill(), account.Fulfilled, "fulfilled"},
		{ilptest.Reject(ilp.F99, "no"), account.Rejected, "rejected"},
		{ilp.Fail(ilp.F99, "no"), account.Failed, "failed"},
		{ilp.Reply{}, account.Failed, "failed"},
	} {
		if got := account.ResultOf(&c.reply); got != c.result || got.String() != c.name {
			t.Errorf("got %s, want %s", got, c.name)
		}
	}
}

func TestSumPasses64Bits(t *testing.T) {
	var s account.Sum
	for i, want := range []float64{
		math.MaxUint64, 2 * math.MaxUint64, 3 * math.MaxUint64, 4 * math.MaxUint64,
	} {
		s.Add(math.MaxUint64)
		if got := s.Float(); got != want {
			t.Errorf("after %d of the largest it is %v, want %v", i+1, got, want)
		}
	}
	var small account.Sum
	small.Add(0)
	small.Add(1<<53 - 1)
	if got := small.Float(); got != 1<<53-1 {
		t.Errorf("got %v", got)
	}
}

func TestCountersAddUpUnderConcurrency(t *testing.T) {
	var c account.Counters
	var adding sync.WaitGroup
	for range 4 {
		adding.Go(func() {
			for range 1000 {
				c.Incoming.Count(account.Rejected)
				c.IncomingValue.Add(account.Fulfilled, 1<<62)
				c.Rejects.Count(0, ilp.F99, 7)
				c.Latency.Observe(time.Millisecond)
			}
		})
	}
	adding.Wait()
	count, sum, _ := c.Latency.Read()
	if c.Incoming.Of(account.Rejected) != 4000 || c.Incoming.Of(account.Fulfilled) != 0 || c.Rejects.Read()[ilp.F99].Count != 4000 ||
		c.IncomingValue[account.Fulfilled].Float() != 4000*(1<<62) || c.IncomingValue[account.Failed].Float() != 0 ||
		count != 4000 || sum != 4*time.Second {
		t.Errorf("counted %d, %v, %v, %d", c.Incoming.Of(account.Rejected), c.Rejects.Read(), c.IncomingValue[account.Fulfilled].Float(), count)
	}
}

func TestHistogramCountsUpToEachBound(t *testing.T) {
	var h account.Histogram
	observed := []time.Duration{
		0, 100 * time.Microsecond, 100*time.Microsecond + 1, time.Millisecond, time.Second, 30 * time.Second, 30*time.Second + 1, time.Hour,
	}
	var total time.Duration
	for _, d := range observed {
		h.Observe(d)
		total += d
	}
	count, sum, upTo := h.Read()
	if count != uint64(len(observed)) || sum != total {
		t.Errorf("%d durations of %v together, want %d of %v", count, sum, len(observed), total)
	}
	for bound, got := range upTo {
		var want uint64
		for _, d := range observed {
			if d <= bound {
				want++
			}
		}
		if got != want {
			t.Errorf("%d up to %v, want %d", got, bound, want)
		}
	}
	if len(upTo) < 10 || upTo[100*time.Microsecond] != 2 || upTo[30*time.Second] != 6 {
		t.Errorf("the bounds are %v", upTo)
	}
}

// What a neighbor is refused because of the configuration is no failure.
func TestDeclinedRequestIsRejected(t *testing.T) {
	for declined, want := range map[bool]account.Result{false: account.Failed, true: account.Rejected} {
		reply := ilp.Failure{Code: ilp.F00, Declined: declined, Message: "no"}.Reply()
		if got := account.ResultOf(&reply); got != want {
			t.Errorf("declined %t: %s", declined, got)
		}
	}
}

// An account that never sends a packet is small, because there may be 100,000 of them. One byte more
// takes the next size of the heap, which is 448.
func TestStateOfAnAccountIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(account.State{}); size > 416 {
		t.Errorf("the state of an account takes %d bytes", size)
	}
}

func TestHistogramIsMadeByAllAtOnce(t *testing.T) {
	var h account.Histogram
	if n, sum, upTo := h.Read(); n != 0 || sum != 0 || upTo[time.Second] != 0 {
		t.Errorf("an empty one has %d durations, %v", n, sum)
	}
	var observing sync.WaitGroup
	for range 8 {
		observing.Go(func() {
			for range 100 {
				h.Observe(time.Millisecond)
			}
		})
	}
	observing.Wait()
	if n, sum, upTo := h.Read(); n != 800 || sum != 800*time.Millisecond || upTo[time.Millisecond] != 800 {
		t.Errorf("%d durations, %v, %v", n, sum, upTo)
	}
	if n := testing.AllocsPerRun(100, func() { h.Observe(time.Second) }); n > 0 {
		t.Errorf("a further duration takes %v allocations", n)
	}
}
