package bearer

import "sync"

// cacheMost bounds the tokens that a Verifier remembers as verified.
const cacheMost = 1024

// cache remembers something of tokens that were verified, until they end. Only tokens that a peer
// has signed get in, so strangers cannot fill it. Lookups do not wait for each other.
type cache[V any] struct {
	most int

	mu      sync.RWMutex
	entries map[digest]entry[V]
}

type entry[V any] struct {
	span
	value V
}

// get returns what is remembered of a token that is valid now.
func (c *cache[V]) get(d *digest, now int64) (e entry[V], ok bool) {
	c.mu.RLock()
	e, ok = c.entries[*d]
	c.mu.RUnlock()
	if !ok || !e.has(now) {
		return entry[V]{}, false
	}
	return e, true
}

// put remembers something of a token that is valid in a span.
func (c *cache[V]) put(d digest, valid span, value V, now int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil {
		c.entries = make(map[digest]entry[V])
	}
	if _, there := c.entries[d]; !there && len(c.entries) >= c.most {
		c.evictLocked(now)
	}
	c.entries[d] = entry[V]{valid, value}
}

// looks bounds the entries that evictLocked looks at, so that its cost does not grow.
const looks = 8

// evictLocked makes room for an entry. It looks at a few that the map has in no order, and deletes
// those that have ended, or else the one that ends first.
func (c *cache[V]) evictLocked(now int64) {
	var first digest
	var found, ended int
	var until int64
	for d, e := range c.entries {
		if e.until <= now {
			delete(c.entries, d)
			ended++
		} else if found == ended || e.until < until {
			first, until = d, e.until
		}
		if found++; found == looks {
			break
		}
	}
	if ended == 0 {
		delete(c.entries, first)
	}
}
