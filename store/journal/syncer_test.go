package journal

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/storetest"
)

const interval = 50 * time.Millisecond

var errFire = errors.New("the disk is on fire")

// counter is a store that syncs in intervals.
type counter struct {
	*Store
	syncs   atomic.Int32 // how often it has
	failing atomic.Bool  // whether that fails
}

func openCounter(t *testing.T) *counter {
	t.Helper()
	c := &counter{}
	var d *disk
	c.Store, d = openDisk(t, newBase(), Options{Durability: store.Durability(interval), HalfBytes: 1 << 20})
	d.beforeSync = func() error {
		c.syncs.Add(1)
		if c.failing.Load() {
			return errFire
		}
		return nil
	}
	return c
}

// want returns how often it must have synced.
func (c *counter) want(t *testing.T, syncs int32) {
	t.Helper()
	if got := c.syncs.Load(); got != syncs {
		t.Fatalf("synced %d times and not %d", got, syncs)
	}
}

// pass lets so many intervals pass.
func pass(intervals int) {
	time.Sleep(time.Duration(intervals) * interval)
	synctest.Wait()
}

func TestIntervalSyncsWhatWasAppliedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openCounter(t)
		pass(10)
		c.want(t, 0)
		storetest.MustApply(t, c.Store, put("a", "1"))
		storetest.MustApply(t, c.Store, put("b", "1"))
		c.want(t, 0)
		pass(10)
		c.want(t, 1)
		for range 3 {
			storetest.MustApply(t, c.Store, put("a", "2"))
			pass(1)
		}
		c.want(t, 4)
		storetest.MustApply(t, c.Store, put("a", "3"))
		storetest.MustClose(t, c.Store)
		c.want(t, 5)
	})
}

func TestFailureInTheBackgroundIsReturnedEverAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openCounter(t)
		c.failing.Store(true)
		storetest.MustApply(t, c.Store, put("a", "1"))
		pass(1)
		c.failing.Store(false)
		pass(3)
		c.want(t, 1)
		failsForGood(t, c.Store, errFire)
		c.want(t, 1)
	})
}

func TestFailureOfTheLastSyncIsReturnedByClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openCounter(t)
		storetest.MustApply(t, c.Store, put("a", "1"))
		c.failing.Store(true)
		if err := c.Close(); !errors.Is(err, errFire) || !errors.Is(err, store.ErrFailed) {
			t.Errorf("Close returned %v", err)
		}
		c.want(t, 1)
	})
}
