package account

import (
	"maps"
	"sync"

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
	counts map[ilp.Code]uint64
}

// Count adds one.
func (c *Codes) Count(code ilp.Code) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = make(map[ilp.Code]uint64)
	}
	if _, there := c.counts[code]; !there && !code.Known() && (len(c.counts) >= codesMax || !printable(code)) {
		code = OtherCode
	}
	c.counts[code]++
}

// Read returns a copy of the counts.
func (c *Codes) Read() map[ilp.Code]uint64 {
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
