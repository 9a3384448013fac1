package load

import (
	"math/bits"
	"time"
)

// Histogram counts durations in buckets that are at most 1/128 wide, relative to
// what they hold. The zero Histogram is empty. It is not safe for concurrent use.
type Histogram struct {
	buckets [bucketCount]uint64
	count   uint64
	largest time.Duration
}

// Durations below 2^subBits ns have a bucket each; above, every power of two is
// divided into as many. What is longer than 2^rangeBits ns, 18 minutes, counts as
// that long.
const (
	subBits     = 7
	rangeBits   = 40
	bucketCount = (rangeBits - subBits + 1) << subBits
)

// Add counts d. What is less than 0 counts as 0.
func (h *Histogram) Add(d time.Duration) {
	d = max(d, 0)
	h.buckets[bucketOf(uint64(d))]++
	h.count++
	h.largest = max(h.largest, d)
}

// Merge adds what other has counted.
func (h *Histogram) Merge(other *Histogram) {
	for i, n := range other.buckets {
		h.buckets[i] += n
	}
	h.count += other.count
	h.largest = max(h.largest, other.largest)
}

// Count is how many durations were counted.
func (h *Histogram) Count() uint64 { return h.count }

// Max is the longest of them.
func (h *Histogram) Max() time.Duration { return h.largest }

// Percentile is the duration that p percent of those counted do not exceed,
// rounded up to the end of its bucket; 0 if there are none.
func (h *Histogram) Percentile(p float64) time.Duration {
	if h.count == 0 {
		return 0
	}
	rank := uint64(p / 100 * float64(h.count))
	if float64(rank) < p/100*float64(h.count) {
		rank++
	}
	rank = max(rank, 1)
	var seen uint64
	for i, n := range h.buckets {
		if seen += n; seen >= rank {
			return min(bucketEnd(i), h.largest)
		}
	}
	return h.largest
}

func bucketOf(ns uint64) int {
	ns = min(ns, 1<<rangeBits-1)
	if ns < 1<<subBits {
		return int(ns)
	}
	shift := bits.Len64(ns) - subBits - 1
	return (shift+1)<<subBits | int(ns>>shift&(1<<subBits-1))
}

// bucketEnd is the longest duration that is counted in a bucket.
func bucketEnd(i int) time.Duration {
	if i < 1<<subBits {
		return time.Duration(i)
	}
	shift := i>>subBits - 1
	low := uint64(1<<subBits|i&(1<<subBits-1)) << shift
	return time.Duration(low + 1<<shift - 1)
}
