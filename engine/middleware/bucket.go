package middleware

import (
	"fmt"
	"math/bits"
	"sync"
	"time"

	"github.com/ilp-go/connector/clock"
)

// bucket is a token bucket in whole tokens: it fills by count each period, up to
// capacity, and starts full. What has dripped in of the next token is kept as
// a fraction of period, so nothing is lost to rounding.
type bucket struct {
	count, capacity uint64
	period          uint64 // nanoseconds

	mu     sync.Mutex
	tokens uint64
	drips  uint64 // of a token, in 1/period
	last   int64  // steady time of the last look
}

// init fills a new bucket.
func (b *bucket) init(count, capacity uint64, period time.Duration) {
	b.count, b.capacity, b.period, b.tokens = count, capacity, uint64(period), capacity
}

// Room returns the rate of the bucket and the tokens that are left.
func (b *bucket) Room() (limit, headroom string) {
	limit = fmt.Sprintf("%d in %v", b.count, time.Duration(b.period))
	if b.capacity != b.count {
		limit += fmt.Sprintf(", %d at once", b.capacity)
	}
	return limit, fmt.Sprint(b.left())
}

// take takes n tokens, all or none. Time that goes backwards adds nothing.
func (b *bucket) take(now int64, n uint64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fillLocked(now)
	if b.tokens < n {
		return false
	}
	b.tokens -= n
	return true
}

// left returns how many tokens there are now.
func (b *bucket) left() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fillLocked(clock.Now().Steady)
	return b.tokens
}

func (b *bucket) fillLocked(now int64) {
	if b.last == 0 {
		b.last = now
	}
	elapsed := now - b.last
	if elapsed <= 0 { // a reader of another socket was first
		return
	}
	b.last = now
	// tokens = floor((elapsed*count + drips) / period), the remainder drips on.
	hi, lo := bits.Mul64(uint64(elapsed), b.count)
	lo, carry := bits.Add64(lo, b.drips, 0)
	hi += carry
	if hi >= b.period {
		b.tokens, b.drips = b.capacity, 0
		return
	}
	tokens, drips := bits.Div64(hi, lo, b.period)
	if missing := b.capacity - b.tokens; tokens >= missing {
		b.tokens, b.drips = b.capacity, 0
		return
	}
	b.tokens += tokens
	b.drips = drips
}
