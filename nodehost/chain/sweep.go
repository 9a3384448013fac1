package chain

import (
	"context"
	"math"
	"time"
)

// sweepMin is the least time between two sweeps, so that many short calls do not make many of them.
const sweepMin = 10 * time.Millisecond

// Run ends the calls that take too long, until ctx ends. It blocks. A Prepare is refused when it has
// expired. An answer goes on as it is when the packet has expired, or 200 ms later than next returned.
func (c *Chain) Run(ctx context.Context) {
	timer := time.NewTimer(math.MaxInt64)
	defer timer.Stop()
	for {
		timer.Reset(c.wait(now()))
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
			continue
		case <-timer.C:
			c.sweep(now())
		}
	}
}

// wait returns how long no call has to end.
func (c *Chain) wait(now int64) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.soonest == math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(max(c.soonest, c.swept+int64(sweepMin)) - now)
}

// sweep ends what had to end by now.
func (c *Chain) sweep(now int64) {
	var ended []*call
	c.mu.Lock()
	c.soonest, c.swept = math.MaxInt64, now
	for id, call := range c.calls {
		switch {
		case call.state == running: // the engine ends it
		case call.until <= now && call.idle():
			delete(c.calls, id)
			ended = append(ended, call)
		default:
			c.soonest = min(c.soonest, call.until)
		}
	}
	c.mu.Unlock()
	for _, call := range ended {
		stage, id := call.stage.number, call.id
		call.giveUp(expiredCall)
		c.carrier.Over(stage, id)
	}
}
