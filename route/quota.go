package route

// Quota watches how many prefixes a neighbor announces. It warns the operator once before
// the bound is reached.
type Quota struct {
	// Max is the bound: Policy.PrefixesMax.
	Max    int
	warned bool
}

// Usage is the result of a Quota.
type Usage uint8

// The usages.
const (
	// Within says that the number is below the bound, or the operator was warned already.
	Within Usage = iota
	// Warn says that the bound is near. It is returned once, and again only after the
	// number was well below the bound.
	Warn
	// Exceeded says that the number is above the bound: suspend the neighbor.
	Exceeded
)

// A Quota warns at one of these, and may warn again below the other, in percent of Max.
const (
	quotaWarns  = 80
	quotaRearms = 60
)

// Note compares the number of prefixes that a neighbor announces, as RIB.Learned counts
// them, with the bound.
func (q *Quota) Note(prefixes int) Usage {
	bound := orDefault(q.Max, PrefixesMaxDefault)
	switch {
	case prefixes > bound:
		q.warned = true
		return Exceeded
	case prefixes*100 < bound*quotaRearms:
		q.warned = false
	case prefixes*100 >= bound*quotaWarns && !q.warned:
		q.warned = true
		return Warn
	}
	return Within
}

// Warned reports whether the number was near the bound and is not well below it yet.
func (q *Quota) Warned() bool { return q.warned }

func orDefault(value, fallback int) int {
	if value == 0 {
		return fallback
	}
	return value
}
