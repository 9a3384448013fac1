package test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// facts are everything that the admin API tells, piece by piece: "/balance accounts.bob.balance" is "-100".
type facts map[string]string

// readFacts asks a connector for all of it.
func readFacts(t *testing.T, a admin) facts {
	t.Helper()
	f := make(facts)
	for _, path := range []string{"/accounts", "/balance", "/status", "/rates", "/routing", "/alerts"} {
		status, contentType, body := a.exchange(t, http.MethodGet, path, "")
		f[path] = fmt.Sprintf("%d %s", status, contentType)
		if status != http.StatusOK {
			f[path] += " " + body
			continue
		}
		f.addJSON(t, path, body)
	}
	f.addStats(t, a)
	f.addMetrics(t, a)
	return f
}

// addJSON adds each leaf of a document under its path.
func (f facts) addJSON(t *testing.T, path, body string) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.UseNumber()
	var document any
	if err := decoder.Decode(&document); err != nil {
		t.Fatalf("GET %s: %v in %s", path, err, body)
	}
	f.add(path+" ", "", document)
}

func (f facts) add(prefix, key string, value any) {
	dotted := func(k string) string {
		if key == "" {
			return k
		}
		return key + "." + k
	}
	switch value := value.(type) {
	case map[string]any:
		if len(value) == 0 {
			f[prefix+dotted("{}")] = "empty"
		}
		for k, v := range value {
			f.add(prefix, dotted(k), v)
		}
	case []any:
		f[prefix+dotted("[]")] = fmt.Sprint(len(value), " entries")
		for i, v := range value {
			f.add(prefix, dotted(fmt.Sprint(i)), v)
		}
	case json.Number:
		digits := -1
		if prefix == "/rates " {
			digits = rateDigits
		}
		f[prefix+key] = "number " + double(value.String(), digits)
	case string:
		f[prefix+key] = "text " + tableID.ReplaceAllString(isoTime.ReplaceAllString(value, "<time>"), "<table>")
	default:
		f[prefix+key] = fmt.Sprintf("%T %v", value, value)
	}
	if strings.HasPrefix(prefix, "/alerts") && strings.HasSuffix(key, ".id") {
		f[prefix+key] = "number <id>"
	}
}

// tableID matches a random UUID (RFC 9562, version 4), as a connector names its routing table.
var tableID = regexp.MustCompile(`\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b`)

// rateDigits is how many digits the reference gives a rate; ours has all of them, and both tell a double.
const rateDigits = 15

// double writes a number, a double as JavaScript has them, in one way, with that many digits or as many as it needs.
func double(number string, digits int) string {
	value, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return number
	}
	return strconv.FormatFloat(value, 'g', digits, 64)
}

// addStats adds /stats, which is an array of families with an array of values each, in no order that matters.
func (f facts) addStats(t *testing.T, a admin) {
	t.Helper()
	var families []struct {
		Name, Type, Aggregator string // but not the help, which everybody writes in words of their own
		Values                 []struct {
			Value  json.Number
			Labels map[string]any
		}
	}
	a.get(t, "/stats", &families)
	for _, family := range families {
		f["/stats "+family.Name] = family.Type + ", " + family.Aggregator
		for _, v := range family.Values {
			var labels []string
			for name, value := range v.Labels {
				labels = append(labels, fmt.Sprintf("%s=%#v", name, value))
			}
			slices.Sort(labels)
			value := "null" // what JSON makes of NaN
			if v.Value != "" {
				value = double(v.Value.String(), -1)
			}
			f["/stats "+family.Name+"{"+strings.Join(labels, ",")+"}"] = value
		}
	}
}

var (
	sample = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([^ ]+)`)
	label  = regexp.MustCompile(`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\.)*"`)
)

// addMetrics adds /metrics: the type of each family and each sample.
func (f facts) addMetrics(t *testing.T, a admin) {
	t.Helper()
	status, contentType, body := a.exchange(t, http.MethodGet, "/metrics", "")
	f["/metrics"] = fmt.Sprint(status, " ", strings.SplitN(contentType, ";", 2)[0])
	lines := bufio.NewScanner(strings.NewReader(body))
	for lines.Scan() {
		line := lines.Text()
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, kind, _ := strings.Cut(rest, " ")
			f["/metrics "+name] = kind
		}
		if m := sample.FindStringSubmatch(line); m != nil {
			labels := label.FindAllString(m[2], -1)
			slices.Sort(labels)
			f["/metrics "+m[1]+"{"+strings.Join(labels, ",")+"}"] = double(m[3], -1)
		}
	}
}

// differences says in which facts these are not the wanted ones. A fact too many may be an addition to those of the
// reference.
func (f facts) differences(want, ofReference facts) (lines []string) {
	for _, fact := range slices.Sorted(maps.Keys(want)) {
		if got, ok := f[fact]; !ok {
			lines = append(lines, fmt.Sprintf("%s: absent, want %s", fact, want[fact]))
		} else if got != want[fact] {
			lines = append(lines, fmt.Sprintf("%s: got %s, want %s", fact, got, want[fact]))
		}
	}
	for _, fact := range slices.Sorted(maps.Keys(f)) {
		if _, ok := want[fact]; !ok && !ofReference.mayAdd(fact) {
			lines = append(lines, fmt.Sprintf("%s: got %s, want none", fact, f[fact]))
		}
	}
	return lines
}

// aboutRoutes reports whether a fact depends on the routes that a connector has.
func aboutRoutes(fact, _ string) bool {
	path, key, _ := strings.Cut(fact, " ")
	return path == "/routing" && key != "" || path == "/status" && strings.HasPrefix(key, "localRoutingTable")
}

// ofRoutes are those about routes in which two connectors that exchange routes do not differ in any case.
func (f facts) ofRoutes() facts {
	routes := maps.Clone(f)
	maps.DeleteFunc(routes, func(fact, value string) bool {
		return !aboutRoutes(fact, value) || strings.Contains(fact, ".session.")
	})
	return routes
}

// family matches the parts of a fact of a family of metrics.
var family = regexp.MustCompile(`^/(?:stats|metrics) ([^{]+)`)

// mayAdd reports whether ours may have a fact that the reference, of which these are the facts, has not: a family
// of metrics of its own, or a field beside those of the reference in an object that describes one thing.
func (f facts) mayAdd(fact string) bool {
	if m := family.FindStringSubmatch(fact); m != nil {
		_, known := f["/metrics "+m[1]]
		return !known
	}
	path, key, _ := strings.Cut(fact, " ")
	keys := strings.Split(key, ".")
	switch path {
	case "/accounts": // accounts.ID.info is the configuration, and no more than that
		return keys[0] != "accounts" || len(keys) > 2 && keys[2] != "info"
	case "/balance":
		return len(keys) == 3
	case "/status":
		last := keys[len(keys)-1]
		return keys[0] == "outages" || keys[0] == "localRoutingTable" && last != "nextHop" && last != "path"
	case "/routing": // peers.ID.session
		return len(keys) > 3 && keys[0] == "peers" && keys[2] == "session"
	case "/alerts":
		return len(keys) == 3
	default:
		return false
	}
}
