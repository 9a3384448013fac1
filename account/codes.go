package account

import (
	"maps"
	"sync"
	"time"

	"github.com/ilp-go/connector/ilp"
)

// codesMax bounds the codes that are counted separately. RFC 27 has 21. A peer
// that invents codes cannot make us count more.
const codesMax = 64

// OtherCode counts the codes beyond codesMax and all codes that are not printable.
const OtherCode ilp.Code = 0

// CodeLabel returns the text of a code in metrics, "other" for OtherCode.
func CodeLabel(code ilp.Code) string {
	if code == OtherCode {
		return "other"
	}
	return code.String()
}

// Codes counts rejects by error code.
type Codes struct {
	mu     sync.Mutex
	counts map[ilp.Code]Rejects
}

// Rejects is what is known of the packets that were rejected with one code.
type Rejects struct {
	Count      uint64
	LastAmount uint64
	LastAt     time.Time
}

// Count adds the reject of a packet of an amount, which came at that time, in Unix nanoseconds.
func (c *Codes) Count(wall int64, code ilp.Code, amount uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = make(map[ilp.Code]Rejects)
	}
	if _, there := c.counts[code]; !there && !code.Known() && (len(c.counts) >= codesMax || !printable(code)) {
		code = OtherCode
	}
	c.counts[code] = Rejects{c.counts[code].Count + 1, amount, time.Unix(0, wall)}
}

// Read returns a copy of the counts.
func (c *Codes) Read() map[ilp.Code]Rejects {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.counts)
}

// printable reports whether the three characters of code can stand in a label.
func printable(code ilp.Code) bool {
	for _, b := range []byte(code.String()) {
		if b < '0' || b > '9' && b < 'A' || b > 'Z' {
			return false
		}
	}
	return true
}
