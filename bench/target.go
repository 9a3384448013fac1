package main

import (
	"fmt"
	"strings"
)

// target is a bound of a case: a median of ours, its ratio to another entrant's, or each part of what it has
// more than another entrant's, is at most max.
type target struct {
	metric  metric
	entrant string
	against string  // the entrant that it is divided by, if any
	beyond  string  // the entrant that is taken off, if any
	parts   float64 // that the rest is divided into
	max     float64
	unit    string // of the median, if that is bounded

	// given, if not nil, says on which machines the target applies.
	given *condition
}

// condition holds on machines where the entrant's median of the metric is in the range.
type condition struct {
	entrant  string
	min, max float64
}

// verdict says whether a target is met.
type verdict string

// The verdicts.
const (
	met       verdict = "met"
	missed    verdict = "missed"
	notJudged verdict = "not judged"
)

// finding is a target with its verdict.
type finding struct {
	Target  string  `json:"target"`
	Verdict verdict `json:"verdict"`
	Value   float64 `json:"value"`
	Max     float64 `json:"max"`
	Reason  string  `json:"reason,omitempty"`
	ratio   bool
}

// judge compares the medians of the entrants with the target.
func (t *target) judge(medians map[string]sample) finding {
	f := finding{Target: t.String(), Verdict: notJudged, Max: t.max, ratio: t.against != ""}
	ours, ok := medians[t.entrant][t.metric]
	if !ok {
		f.Reason = t.entrant + " did not run"
		return f
	}
	f.Value = ours
	if t.against != "" {
		other, ok := medians[t.against][t.metric]
		if !ok || other == 0 {
			f.Reason = t.against + " did not run"
			return f
		}
		f.Value = ours / other
	}
	if t.beyond != "" {
		other, ok := medians[t.beyond][t.metric]
		if !ok {
			f.Reason = t.beyond + " did not run"
			return f
		}
		f.Value = (ours - other) / t.parts
	}
	if c := t.given; c != nil {
		switch there, ok := medians[c.entrant][t.metric]; {
		case !ok:
			f.Reason = c.entrant + " did not run"
			return f
		case there < c.min || there > c.max:
			f.Reason = fmt.Sprintf("the %s takes %.3g here", c.entrant, there)
			return f
		}
	}
	f.Verdict = missed
	if f.Value <= t.max {
		f.Verdict = met
	}
	return f
}

// String returns the target in words.
func (t *target) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of %s at most ", t.metric, t.entrant)
	switch {
	case t.against != "":
		fmt.Fprintf(&b, "%s the %s's", factor(t.max), t.against)
	case t.beyond != "":
		fmt.Fprintf(&b, "%g x %g%s more than of %s", t.parts, t.max, t.unit, t.beyond)
	default:
		fmt.Fprintf(&b, "%g%s", t.max, t.unit)
	}
	if c := t.given; c != nil {
		fmt.Fprintf(&b, " where the %s takes %g to %g", c.entrant, c.min, c.max)
	}
	return b.String()
}

// factor returns a ratio in words: 1/50 of, 1.5 x.
func factor(ratio float64) string {
	if ratio < 0.5 && ratio > 0 {
		return fmt.Sprintf("1/%.3g of", 1/ratio)
	}
	return fmt.Sprintf("%.3g x", ratio)
}

// text returns the value in words.
func (f *finding) text() string {
	if f.Verdict == notJudged && f.Value == 0 {
		return f.Reason
	}
	text := fmt.Sprintf("%.3g", f.Value)
	if f.ratio {
		text = factor(f.Value)
	}
	if f.Reason != "" {
		text += "; " + f.Reason
	}
	return text
}
