package route

import (
	"iter"
	"strings"

	"github.com/ilp-go/connector/account"
)

// Explanation says why packets to an address take their route.
type Explanation struct {
	// Candidates are all routes to the longest prefix that covers the address, from
	// the best, which packets take, to the worst. It is empty if there is none.
	Candidates []Candidate
	// Shorter are the best routes to the other prefixes that cover the address, the
	// longest first. If the candidates go, packets take the first of these.
	Shorter []Candidate
}

// Candidate is a route as an Explanation shows it.
type Candidate struct {
	Prefix string
	Entry
	Source          Source
	Relation        account.Relation
	LocalPreference int
	// LostBy names the comparison that the route lost to the chosen one. It is empty for
	// the chosen one.
	LostBy string
}

// lostByPrefix is the comparison that comes before all others: that of prefixes.
const lostByPrefix = "prefix length"

// Explain returns the route that packets to address take, and those that they do not.
func (rib *RIB) Explain(address string) (e Explanation) {
	for prefix := range covering(address) {
		best := rib.best[prefix]
		switch {
		case best == nil:
		case len(e.Candidates) == 0:
			for c := best; c != nil; c = c.next {
				_, by := compare(best, c)
				e.Candidates = append(e.Candidates, c.explain(by))
			}
		default:
			e.Shorter = append(e.Shorter, best.explain(lostByPrefix))
		}
	}
	return e
}

func (c *candidate) explain(lostBy string) Candidate {
	return Candidate{
		Prefix:          c.Prefix,
		Entry:           c.Entry(),
		Source:          c.Source,
		Relation:        c.Relation(),
		LocalPreference: c.preference,
		LostBy:          lostBy,
	}
}

// covering yields the prefixes that cover an address, from the longest, which is the
// address itself, to the shortest.
func covering(address string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for prefix := address; prefix != "" && yield(prefix); {
			prefix = prefix[:max(0, strings.LastIndexByte(prefix, '.'))]
		}
	}
}
