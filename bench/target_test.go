package main

import (
	"strings"
	"testing"
)

func TestTargetsAreJudged(t *testing.T) {
	medians := map[string]sample{
		"connector": {cpuMicros: 2, p50Micros: 130},
		"relay":     {cpuMicros: 1, p50Micros: 100},
		"reference": {cpuMicros: 110},
	}
	for name, c := range map[string]struct {
		target target
		want   verdict
		says   string
	}{
		"ratio reached":       {target{metric: p50Micros, entrant: "connector", against: "relay", max: 1.3}, met, "1.3 x"},
		"ratio missed":        {target{metric: cpuMicros, entrant: "connector", against: "relay", max: 1.5}, missed, "2 x"},
		"fraction reached":    {target{metric: cpuMicros, entrant: "connector", against: "reference", max: 1. / 50}, met, "1/55 of"},
		"number missed":       {target{metric: cpuMicros, entrant: "connector", max: 1.9, unit: " us"}, missed, "2"},
		"parts reached":       {target{metric: p50Micros, entrant: "connector", beyond: "relay", parts: 2, max: 15}, met, "15"},
		"parts missed":        {target{metric: p50Micros, entrant: "connector", beyond: "relay", parts: 1, max: 29}, missed, "30"},
		"nothing to take off": {target{metric: cpuMicros, entrant: "connector", beyond: "absent", parts: 1, max: 9}, notJudged, "absent did not run"},
		"we did not run":      {target{metric: cpuMicros, entrant: "absent", max: 1}, notJudged, "absent did not run"},
		"others did not run":  {target{metric: p50Micros, entrant: "connector", against: "reference", max: 1}, notJudged, "did not run"},
		"machine is the kind": {target{metric: cpuMicros, entrant: "connector", max: 2, given: &condition{"reference", 96, 134}}, met, "2"},
		"machine is another":  {target{metric: cpuMicros, entrant: "connector", max: 2, given: &condition{"reference", 10, 50}}, notJudged, "takes 110 here"},
		"no such machine":     {target{metric: cpuMicros, entrant: "connector", max: 2, given: &condition{"absent", 10, 50}}, notJudged, "absent did not run"},
	} {
		f := c.target.judge(medians)
		if f.Verdict != c.want || !strings.Contains(f.text(), c.says) {
			t.Errorf("%s: %s, %q; want %s, %q", name, f.Verdict, f.text(), c.want, c.says)
		}
	}
}

func TestTargetInWords(t *testing.T) {
	for want, target := range map[string]target{
		"cpuMicrosPerPacket of connector at most 1/50 of the reference's":                  {metric: cpuMicros, entrant: "connector", against: "reference", max: 1. / 50},
		"p50Micros of connector at most 1.3 x the relay's":                                 {metric: p50Micros, entrant: "connector", against: "relay", max: 1.3},
		"cpuMicrosPerPacket of connector at most 2 us where the reference takes 96 to 134": {metric: cpuMicros, entrant: "connector", max: 2, unit: " us", given: &condition{"reference", 96, 134}},
		"cpuMicrosPerPacket of connector at most 2 x 4 us more than of built-in":           {metric: cpuMicros, entrant: "connector", beyond: "built-in", parts: 2, max: 4, unit: " us"},
		"startMillis of connector-routes at most 500 ms":                                   {metric: startMillis, entrant: "connector-routes", max: 500, unit: " ms"},
	} {
		if got := target.String(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
