package docs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// alarm is a row of "What to watch" in docs/metrics.md.
type alarm struct {
	name string
	// fires returns the labels of the series for which the alarm fires. before is an earlier scrape of the same
	// connector, nil for its start.
	fires func(before, now scrape) []string
}

// documentedAlarms reads the alarms, once.
var documentedAlarms = sync.OnceValues(func() ([]alarm, error) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "metrics.md"))
	if err != nil {
		return nil, err
	}
	return parseAlarms(string(text))
})

var alarmRow = regexp.MustCompile("^\\| ([^|`]+) \\| `(.+?)`(?: for some minutes)? \\|$")

// parseAlarms reads the table of alarms in a page.
func parseAlarms(text string) (alarms []alarm, err error) {
	_, rest, _ := strings.Cut(text, "\n| Alarm | Expression |\n|---|---|\n")
	table, _, found := strings.Cut(rest, "\n\n")
	if !found {
		return nil, errors.New("there is no table of alarms")
	}
	for row := range strings.SplitSeq(table, "\n") {
		m := alarmRow.FindStringSubmatch(row)
		if m == nil {
			return nil, fmt.Errorf("%q is no row of an alarm", row)
		}
		fires, err := parseExpression(strings.ReplaceAll(m[2], `\|`, "|"))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m[1], err)
		}
		alarms = append(alarms, alarm{m[1], fires})
	}
	return alarms, nil
}

// Shapes of expressions. Prometheus knows many more.
var (
	simple   = regexp.MustCompile(`^(\w+(?:\{[^}]*\})?) (==|>) ([0-9.]+)$`)
	ratio    = regexp.MustCompile(`^(\w+(?:\{[^}]*\})?) > ([0-9.]+) \* (\w+(?:\{[^}]*\})?)$`)
	increase = regexp.MustCompile(`^increase\((\w+(?:\{[^}]*\})?)\[[0-9]+m\]\) > 0$`)
	summed   = regexp.MustCompile(`^sum by \((\w+)\) \((\w+(?:\{[^}]*\})?)\) == ([0-9.]+)$`)
)

// parseExpression returns what evaluates an expression of one of the shapes.
func parseExpression(text string) (fires func(before, now scrape) []string, err error) {
	if m := simple.FindStringSubmatch(text); m != nil {
		pick, limit := parseSelector(m[1]), number(m[3])
		return func(_, now scrape) (firing []string) {
			for _, s := range now.picked(pick) {
				if m[2] == "==" && s.value == limit || m[2] == ">" && s.value > limit {
					firing = append(firing, s.labels)
				}
			}
			return firing
		}, nil
	}
	if m := ratio.FindStringSubmatch(text); m != nil {
		pick, other, factor := parseSelector(m[1]), parseSelector(m[3]), number(m[2])
		return func(_, now scrape) (firing []string) {
			for _, s := range now.picked(pick) {
				for _, o := range now.picked(other) {
					if s.labels == o.labels && s.value > factor*o.value {
						firing = append(firing, s.labels)
					}
				}
			}
			return firing
		}, nil
	}
	if m := increase.FindStringSubmatch(text); m != nil {
		pick := parseSelector(m[1])
		return func(before, now scrape) (firing []string) {
			earlier := make(map[string]float64)
			for _, s := range before.picked(pick) {
				earlier[s.labels] = s.value
			}
			for _, s := range now.picked(pick) {
				if s.value > earlier[s.labels] {
					firing = append(firing, s.labels)
				}
			}
			return firing
		}, nil
	}
	if m := summed.FindStringSubmatch(text); m != nil {
		pick, limit := parseSelector(m[2]), number(m[3])
		by := regexp.MustCompile(`\b` + m[1] + `="[^"]*"`)
		return func(_, now scrape) (firing []string) {
			sums := make(map[string]float64)
			for _, s := range now.picked(pick) {
				sums[by.FindString(s.labels)] += s.value
			}
			for labels, sum := range sums {
				if sum == limit {
					firing = append(firing, labels)
				}
			}
			slices.Sort(firing)
			return firing
		}, nil
	}
	return nil, fmt.Errorf("the expression %q has a shape that this test cannot evaluate: teach it", text)
}

func number(text string) float64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(err) // the shapes allow digits alone
	}
	return n
}

// selector picks the series of a name whose labels match.
type selector struct {
	name     string
	matchers []*regexp.Regexp
}

var matcher = regexp.MustCompile(`(\w+)(=~?)"([^"]*)"`)

func parseSelector(text string) selector {
	name, rest, _ := strings.Cut(text, "{")
	s := selector{name: name}
	for _, m := range matcher.FindAllStringSubmatch(rest, -1) {
		if m[2] == "=" {
			m[3] = regexp.QuoteMeta(m[3])
		}
		s.matchers = append(s.matchers, regexp.MustCompile(`(?:^|,)`+m[1]+`="(?:`+m[3]+`)"(?:,|$)`))
	}
	return s
}

// sample is a line of a scrape.
type sample struct {
	name, labels string
	value        float64
}

type scrape []sample

var sampleLine = regexp.MustCompile(`^(\w+)(?:\{(.*)\})? (\S+)$`)

// parseScrape reads an answer of GET /metrics.
func parseScrape(text string) (all scrape) {
	for line := range strings.Lines(text) {
		if m := sampleLine.FindStringSubmatch(strings.TrimSuffix(line, "\n")); m != nil {
			if value, err := strconv.ParseFloat(m[3], 64); err == nil {
				all = append(all, sample{m[1], m[2], value})
			}
		}
	}
	return all
}

func (all scrape) picked(pick selector) (some scrape) {
	for _, s := range all {
		matches := s.name == pick.name
		for _, m := range pick.matchers {
			matches = matches && m.MatchString(s.labels)
		}
		if matches {
			some = append(some, s)
		}
	}
	return some
}

func TestExpressionsAreEvaluated(t *testing.T) {
	now := parseScrape(`# TYPE up gauge
up{account="a",state="x"} 1
up{account="a",state="y"} 0
up{account="b",state="y"} 0
max{account="a",state="x"} 1
max{account="b",state="y"} 1
lone 5
`)
	before := parseScrape(`up{account="a",state="x"} 1
up{account="b",state="y"} -1
`)
	for expression, want := range map[string]string{
		`lone > 4`:                                 `[""]`,
		`lone > 5`:                                 `[]`,
		`up == 0`:                                  `["account=\"a\",state=\"y\"" "account=\"b\",state=\"y\""]`,
		`up{state="x"} == 1`:                       `["account=\"a\",state=\"x\""]`,
		`up{account="a",state="y"} > 0`:            `[]`,
		`up{state=~"x|z"} == 1`:                    `["account=\"a\",state=\"x\""]`,
		`up{state=~"xx|z"} == 1`:                   `[]`,
		`up > 0.9 * max`:                           `["account=\"a\",state=\"x\""]`,
		`increase(up[5m]) > 0`:                     `["account=\"b\",state=\"y\""]`,
		`sum by (account) (up{state=~"x|y"}) == 0`: `["account=\"b\""]`,
	} {
		fires, err := parseExpression(expression)
		if err != nil {
			t.Error(err)
		} else if got := fmt.Sprintf("%q", fires(before, now)); got != want {
			t.Errorf("%s fires for %s, want %s", expression, got, want)
		}
	}
	for _, odd := range []string{`rate(up[5m]) > 0`, `up`, `up == 0 and lone > 1`, `up{state!="x"} == 0 or up`} {
		if _, err := parseExpression(odd); err == nil {
			t.Errorf("%s is evaluated", odd)
		}
	}
}
