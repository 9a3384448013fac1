package admin_test

import (
	"encoding/json"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/rate"
)

// testdata/reference is what the reference answers to GET, in the state of newNode.

func TestAnswersHaveAllThatThoseOfTheReferenceHave(t *testing.T) {
	n := newNode(t)
	spread, err := rate.Options{Spread: "0.01"}.EffectiveSpread()
	if err != nil {
		t.Fatal(err)
	}
	n.RateTable = rate.NewTable(time.Now(), rate.Par, spread)
	api := newAPI(t, n, loopback())
	for name, more := range map[string][]string{
		"accounts": {"inFlight", "state"},
		"balance":  {"pendingIn", "pendingOut", "posted", "settling"},
		"status":   {"outages"},
		"alerts":   nil,
		"rates":    nil,
		"routing":  nil,
	} {
		w := answer(api, call(http.MethodGet, "/"+name, ""))
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("/%s: %d %s: %s", name, w.Code, w.Header(), w.Body)
			continue
		}
		recorded, err := os.ReadFile("testdata/reference/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var extra []string
		compare(t, "/"+name, document(t, recorded), document(t, w.Body.Bytes()), &extra)
		slices.Sort(extra)
		if extra = slices.Compact(extra); !slices.Equal(extra, more) {
			t.Errorf("/%s has %q beside what the reference has, want %q", name, extra, more)
		}
	}
}

// compare finds what the reference has and we have not, or have otherwise, and
// collects the names of what we have besides.
func compare(t *testing.T, path string, want, got any, extra *[]string) {
	t.Helper()
	wanted, ok := want.(map[string]any)
	given, both := got.(map[string]any)
	if !ok || !both {
		if !reflect.DeepEqual(want, got) {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
		return
	}
	for name, value := range wanted {
		if _, there := given[name]; !there {
			t.Errorf("%s.%s is not there", path, name)
			continue
		}
		compare(t, path+"."+name, value, given[name], extra)
	}
	for name := range given {
		if _, there := wanted[name]; !there {
			*extra = append(*extra, name)
		}
	}
}

var (
	moment  = regexp.MustCompile(`"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ"`)
	alertID = regexp.MustCompile(`"id":\d{13}`)
	tableID = regexp.MustCompile(`"[0-9a-f]{8}-[0-9a-f-]{27}"`)
)

// document reads JSON in which everything that no two runs have in common is the same.
func document(t *testing.T, body []byte) (value any) {
	t.Helper()
	body = moment.ReplaceAll(body, []byte(`"a moment"`))
	body = alertID.ReplaceAll(body, []byte(`"id":1`))
	body = tableID.ReplaceAll(body, []byte(`"a table"`))
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return value
}

func TestAccountsKeepTheirOrder(t *testing.T) {
	api := newAPI(t, newNode(t), loopback())
	for path, pattern := range map[string]string{
		"/accounts": `^{"address":"test.conn","accounts":{"zoe":.*"alice":.*"bob":`,
		"/status":   `"connected":{"zoe":false,"alice":false,"bob":false}`,
		"/balance":  `^{"accounts":{"alice":{"balance":"30","minimum":"-500","maximum":"1000",.*},"bob":`,
		"/rates":    `^{"zoe":{"alice":.*,"bob":.*},"alice":{"zoe":.*,"bob":.*},"bob":{"zoe":.*,"alice":.*}}$`,
	} {
		if body := answer(api, call(http.MethodGet, path, "")).Body.String(); !regexp.MustCompile(pattern).MatchString(body) {
			t.Errorf("%s: %s does not match %s", path, body, pattern)
		}
	}
}
