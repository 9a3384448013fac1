package engine

import (
	"context"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
)

// clocked is an engine whose wheel is turned by hand, from midnight.
type clocked struct {
	*Engine
	port    *Port
	expired map[int]time.Duration // by packet, when its R00 came
	now     time.Duration
}

// midnight is a steady time at which a turn begins.
const midnight = int64(1000 * turn)

func newClocked() *clocked {
	e := New(Options{})
	return &clocked{Engine: e, port: e.Attach(account.New("alice", account.Settings{}), nil, nil, nil), expired: make(map[int]time.Duration)}
}

// put puts packet i into the wheel as if it had been sent.
func (c *clocked) put(i int, expiry time.Duration) *Packet {
	p := newPacket(c.port, ilp.ReplyFunc(func(ilp.Reply) { c.expired[i] = c.now }), ilp.Prepare{})
	p.holders.Add(1) // its link has it
	p.deadline = midnight + int64(expiry)
	c.expiry.add(p)
	return p
}

func (c *clocked) turn(to time.Duration) {
	c.now = to
	c.expiry.advance(clock.Reading{Wall: 1, Steady: midnight + int64(to)})
}

func (c *clocked) want(t *testing.T, i int, at time.Duration) {
	t.Helper()
	if got, ok := c.expired[i]; !ok || got != at {
		t.Errorf("packet %d expired %v (%t), want %v", i, got, ok, at)
	}
}

const (
	ms   = time.Millisecond
	turn = wheelSlots * wheelTick
)

func TestDeadlinesBeyondATurnComeRoundAgain(t *testing.T) {
	c := newClocked()
	expiries := []time.Duration{0, ms, 9 * ms, 10 * ms, turn - ms, turn, turn + 1, 3*turn + 25*ms, 30 * time.Second, time.Minute}
	for i, expiry := range expiries {
		c.put(i, expiry)
	}
	for now := time.Duration(0); now <= time.Minute; now += wheelTick {
		c.turn(now)
	}
	for i, expiry := range expiries {
		c.want(t, i, (expiry + wheelTick - 1).Truncate(wheelTick))
	}
	if waiting := c.expiry.waiting.Load(); waiting != 0 {
		t.Errorf("%d packets wait", waiting)
	}
}

func TestPastDeadlineFiresAtTheNextTick(t *testing.T) {
	c := newClocked()
	c.turn(time.Hour)
	for i, expiry := range []time.Duration{-time.Hour, 0, time.Hour - turn, time.Hour - ms, time.Hour, -2 * time.Hour} {
		c.put(i, expiry)
	}
	c.turn(time.Hour + ms)
	for i := range 6 {
		c.want(t, i, time.Hour+ms)
	}
}

func TestSleptThroughTurnsAreMadeUp(t *testing.T) {
	c := newClocked()
	c.turn(0)
	for i := range 3000 {
		c.put(i, time.Duration(i)*7*ms)
	}
	c.turn(25 * turn)
	if len(c.expired) != 3000 {
		t.Errorf("%d packets expired", len(c.expired))
	}
}

func TestRemovedPacketDoesNotExpire(t *testing.T) {
	c := newClocked()
	first, second, third := c.put(1, 20*ms), c.put(2, 20*ms), c.put(3, 20*ms)
	for _, p := range []*Packet{second, second, first} { // removing twice is no mistake
		c.expiry.remove(p)
	}
	c.expiry.remove(new(Packet)) // nor is removing one that never was in
	c.turn(time.Second)
	c.want(t, 3, time.Second)
	c.expiry.remove(third)
	if len(c.expired) != 1 || c.expiry.waiting.Load() != 0 {
		t.Errorf("%v expired, %d wait", c.expired, c.expiry.waiting.Load())
	}
}

// An answer that claims its packet before the wheel does keeps it, though it is
// due, until the answer takes it out.
func TestClaimedPacketIsLeftToItsAnswer(t *testing.T) {
	c := newClocked()
	p := c.put(1, 20*ms)
	if !p.claim() {
		t.Fatal("it was claimed already")
	}
	c.turn(20 * ms)
	c.turn(turn + 20*ms)
	if len(c.expired) != 0 {
		t.Error("it expired")
	}
	c.expiry.remove(p)
	if c.expiry.waiting.Load() != 0 {
		t.Error("it waits")
	}
}

// The oracle is a list of deadlines, looked through at each tick.
func TestWheelAgainstAList(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	c := newClocked()
	due := make(map[int]time.Duration)
	packets := make(map[int]*Packet)
	for i := range 4000 {
		now := c.now
		switch random.IntN(3) {
		case 0:
			due[i] = now + time.Duration(random.Int64N(int64(3*turn))) - turn/2
			packets[i] = c.put(i, due[i])
		case 1:
			for j := range packets { // any
				c.expiry.remove(packets[j])
				delete(packets, j)
				delete(due, j)
				break
			}
		case 2:
			c.turn(now + time.Duration(random.Int64N(int64(2*wheelTick))))
			for j, at := range due {
				if _, fired := c.expired[j]; fired != (at <= c.now) {
					t.Fatalf("packet %d, due %v: expired %t at %v", j, at, fired, c.now)
				} else if fired {
					delete(packets, j)
					delete(due, j)
				}
			}
		}
	}
	if got := c.expiry.waiting.Load(); got != int64(len(due)) {
		t.Errorf("%d packets wait, want %d", got, len(due))
	}
}

// While nothing waits, no timer runs: in a bubble, time could not jump a day
// otherwise without a million ticks. The ticks are counted by the shards' clocks.
func TestWheelSleepsWhileItIsEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClocked()
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { c.Run(ctx); close(done) }()
		looked := func() int64 {
			synctest.Wait()
			shard := &c.expiry.shards[0]
			shard.mu.Lock()
			defer shard.mu.Unlock()
			return shard.done
		}
		for range 3 {
			before := looked()
			time.Sleep(24 * time.Hour)
			if looked() != before {
				t.Fatal("it turns with nothing in it")
			}
			answered := make(chan struct{})
			p := newPacket(c.port, ilp.ReplyFunc(func(ilp.Reply) { close(answered) }), ilp.Prepare{})
			p.holders.Add(1)
			p.deadline = clock.Now().Steady + int64(time.Second)
			c.expiry.add(p)
			start := time.Now()
			<-answered
			if slept := time.Since(start); slept < time.Second || slept > time.Second+wheelTick {
				t.Errorf("woke up after %v", slept)
			}
		}
		cancel()
		<-done
		c.expiry.add(newPacket(c.port, nil, ilp.Prepare{})) // with nobody to turn it
		cancelled, cancel := context.WithCancel(context.Background())
		cancel()
		c.Run(cancelled) // returns although a packet waits
	})
}
