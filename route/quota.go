package route

// Quota watches how many prefixes a neighbor tells us, so that the operator hears
// of it before the bound is reached, and once only.
type Quota struct {
	// Max is the bound: Policy.PrefixesMax.
	Max    int
	warned bool
}

// Usage is what a Quota says.
type Usage uint8

// The usages.
const (
	// Within says that there is nothing to do.
	Within Usage = iota
	// Warn says that the bound is near. It comes once, and again only after the
	// number has been well below.
	Warn
	// Exceeded says that the bound is passed: the caller suspends the neighbor.
	Exceeded
)

// When a Quota warns, and when it may warn again, in hundredths of the bound.
const (
	quotaWarns  = 80
	quotaRearms = 60
)

// Note takes note of the number of prefixes that a neighbor has told us, as
// RIB.Learned counts them.
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

func orDefault(value, fallback int) int {
	if value == 0 {
		return fallback
	}
	return value
}
