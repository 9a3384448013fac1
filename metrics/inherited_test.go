package metrics_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/metrics"
)

// The recordings in testdata are what the reference showed after the packets that
// source.happen tells of, without its help texts.

func TestMetricsHaveTheNamesLabelsAndValuesOfTheReference(t *testing.T) {
	s := newSource(t)
	s.happen(t)
	want := samples(t, recording(t, "reference.txt"))
	got := samples(t, scrape(t, metrics.New(s, metrics.Options{})))
	for series, value := range want {
		if got[series] != value {
			t.Errorf("%s is %v, want %v", series, got[series], value)
		}
	}
	for series := range got {
		if _, there := want[series]; !there && isInherited(series) {
			t.Errorf("%s is not there in the reference", series)
		}
	}
}

func TestMetricsHaveTheTypesOfTheReferenceInItsOrder(t *testing.T) {
	want := types(recording(t, "reference.txt"))
	if len(want) != 9 {
		t.Fatalf("the reference has %d metrics, want 9", len(want))
	}
	happened := newSource(t)
	happened.happen(t)
	for name, s := range map[string]*source{"before the first packet": newSource(t), "afterwards": happened} {
		got := types(scrape(t, metrics.New(s, metrics.Options{})))
		if !slices.Equal(got[:len(want)], want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(got[:len(want)], "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestMetricsShowNothingThatHasNotHappened(t *testing.T) {
	got := samples(t, scrape(t, metrics.New(newSource(t), metrics.Options{})))
	for series := range got {
		if isInherited(series) && !strings.HasPrefix(series, "ilp_connector_balance{") {
			t.Errorf("%s is there", series)
		}
	}
}

func TestStatsAreThoseOfTheReference(t *testing.T) {
	var want []metrics.Family
	if err := json.Unmarshal(recording(t, "reference.json"), &want); err != nil {
		t.Fatal(err)
	}
	s := newSource(t)
	s.happen(t)
	text, err := json.Marshal(stats(t, s))
	if err != nil {
		t.Fatal(err)
	}
	var got []metrics.Family
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if got[i].Help == "" {
			t.Errorf("%s has no help", got[i].Name)
		}
		got[i].Help = ""
		sortSamples(got[i].Values)
	}
	for i := range want {
		sortSamples(want[i].Values)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

func TestStatsKeepTheFormOfTheReference(t *testing.T) {
	s := newSource(t)
	reject(s.registry.Find("bob"), ilp.T04)
	text, err := json.Marshal(stats(t, s)[2:4])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"name":"ilp_connector_outgoing_ilp_packets","type":"counter","values":[{"value":1,"labels":{"result":"rejected","code":"T04","account":"bob","asset":"USD","scale":4}}],"aggregator":"sum"}`,
		`"name":"ilp_connector_outgoing_ilp_packet_value","type":"counter","values":[],"aggregator":"sum"}`,
	} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("%s\nis not in\n%s", want, text)
		}
	}
}

func TestLabelsDoNotComeFromRemoteParties(t *testing.T) {
	s := newSource(t)
	bob := s.registry.Find("bob")
	for i := range 1000 {
		reject(bob, ilp.Code('A'<<16|(i/26%26+'A')<<8|i%26+'A'))
	}
	reject(bob, ilp.Code('"'<<16|'\n'<<8|0xff))
	values := stats(t, s)[2].Values
	if len(values) > 65 {
		t.Errorf("a peer made us keep %d series", len(values))
	}
	for _, v := range values {
		if code := v.Labels.Code; code != "other" && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			t.Errorf("code %q", code)
		}
	}
}

func TestSettlementsThatFailAreShownApart(t *testing.T) {
	s := newSource(t)
	bob := s.registry.Find("bob")
	bob.Counters.IncomingMoney.Fail(balanceOf(7))
	bob.Counters.IncomingMoney.Succeed(balanceOf(8))
	got := samples(t, scrape(t, metrics.New(s, metrics.Options{})))
	for series, want := range map[string]float64{
		`ilp_connector_incoming_money{account="bob",asset="USD",result="failed",scale="4"}`:    7,
		`ilp_connector_incoming_money{account="bob",asset="USD",result="succeeded",scale="4"}`: 8,
	} {
		if got[series] != want {
			t.Errorf("%s is %v, want %v", series, got[series], want)
		}
	}
}

func TestMoneyOverTheRateLimitIsCounted(t *testing.T) {
	s := newSource(t)
	s.registry.Find("bob").Counters.RateLimitedMoney.Add(3)
	got := samples(t, scrape(t, metrics.New(s, metrics.Options{})))
	if value := got[`ilp_connector_rate_limited_money{account="bob",asset="USD",scale="4"}`]; value != 3 {
		t.Errorf("counted %v, want 3", value)
	}
}

func TestNoBalanceIsShownWhereNoneIsKept(t *testing.T) {
	s := newSource(t)
	s.disabled = map[string]bool{"balance": true}
	if body := scrape(t, metrics.New(s, metrics.Options{})); bytes.Contains(body, []byte("\nilp_connector_balance")) {
		t.Errorf("a balance is in\n%s", body)
	}
}

func TestMetricsSayWhatTheyAre(t *testing.T) {
	w := httptest.NewRecorder()
	metrics.New(newSource(t), metrics.Options{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if got, want := w.Header().Get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8"; got != want {
		t.Errorf("the content type is %q, want %q", got, want)
	}
}

func stats(t *testing.T, s *source) []metrics.Family {
	t.Helper()
	families, err := metrics.New(s, metrics.Options{}).Stats()
	if err != nil {
		t.Fatal(err)
	}
	return families
}

func sortSamples(samples []metrics.Sample) {
	slices.SortFunc(samples, func(a, b metrics.Sample) int {
		return strings.Compare(a.Labels.Account+a.Labels.Result+a.Labels.Code, b.Labels.Account+b.Labels.Result+b.Labels.Code)
	})
}

func recording(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
