package route

import (
	"iter"
	"strings"
)

// Explanation says why packets to an address go where they go.
type Explanation struct {
	Address string `json:"address"`
	// Candidates are all routes to the longest prefix that covers the address, from
	// the best, which packets take, to the worst. It is empty if there is none.
	Candidates []Candidate `json:"candidates"`
	// Shorter are the best routes to the other prefixes that cover it, the longest
	// first: they would take over, one after the other.
	Shorter []Candidate `json:"shorter"`
}

// Candidate is a route as an Explanation shows it.
type Candidate struct {
	Prefix string `json:"prefix"`
	Entry
	Source          Source   `json:"source"`
	Relation        Relation `json:"relation,omitempty"`
	LocalPreference int      `json:"localPreference"`
	// LostBy names the comparison that the route lost against the chosen one, and
	// is empty for that one itself.
	LostBy string `json:"lostBy,omitempty"`
}

// lostByPrefix is the first comparison of all: that of prefixes.
const lostByPrefix = "prefix length"

// Explain says which route packets to address take and why no other one.
func (rib *RIB) Explain(address string) Explanation {
	e := Explanation{Address: address, Candidates: []Candidate{}, Shorter: []Candidate{}}
	for prefix := range covering(address) {
		best := rib.best[prefix]
		switch {
		case best == nil:
		case len(e.Candidates) == 0:
			for c := best; c != nil; c = c.next {
				_, by := compare(best, c)
				e.Candidates = append(e.Candidates, c.explained(by))
			}
		default:
			e.Shorter = append(e.Shorter, best.explained(lostByPrefix))
		}
	}
	return e
}

func (c *candidate) explained(lostBy string) Candidate {
	return Candidate{
		Prefix:          c.Prefix,
		Entry:           c.Entry(),
		Source:          c.Source,
		Relation:        c.Relation(),
		LocalPreference: c.preference,
		LostBy:          lostBy,
	}
}

// covering is the prefixes that cover an address, the longest, which is the address
// itself, first.
func covering(address string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for prefix := address; prefix != "" && yield(prefix); {
			prefix = prefix[:max(0, strings.LastIndexByte(prefix, '.'))]
		}
	}
}
