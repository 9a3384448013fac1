package load

import (
	"math"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Histogram counts durations to three significant digits. It is not safe for concurrent use.
type Histogram struct {
	counts  *hdrhistogram.Histogram // of nanoseconds
	largest time.Duration           // exact
}

// countedMax is the longest duration that a histogram tells from longer ones, 18 minutes.
const countedMax = 1<<40 - 1

// NewHistogram returns an empty histogram.
func NewHistogram() Histogram {
	const nanosecond, digits = 1, 3
	return Histogram{counts: hdrhistogram.New(nanosecond, countedMax, digits)}
}

// Add counts d. A negative duration counts as 0, and one above countedMax as that long.
func (h *Histogram) Add(d time.Duration) {
	_ = h.counts.RecordValue(min(max(int64(d), 0), countedMax)) // in range
	h.largest = max(h.largest, d)
}

// Merge adds all durations that other has counted.
func (h *Histogram) Merge(other *Histogram) {
	h.counts.Merge(other.counts)
	h.largest = max(h.largest, other.largest)
}

// Max returns the longest duration.
func (h *Histogram) Max() time.Duration { return h.largest }

// Percentile returns the duration that p percent of the durations do not exceed. It rounds up, to
// the end of the duration's bucket, and returns 0 for an empty histogram.
func (h *Histogram) Percentile(p float64) time.Duration {
	n := float64(h.counts.TotalCount())
	rank := math.Ceil(max(p/100*n, 1)) // the library would round it to the nearest
	return min(time.Duration(h.counts.ValueAtPercentile(100*rank/n)), h.largest)
}
