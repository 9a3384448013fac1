package metrics_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/metrics"
)

// scrape returns what Prometheus would get.
func scrape(t *testing.T, m *metrics.Metrics) []byte {
	t.Helper()
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.Bytes()
}

// samples returns the values of counters and gauges by name and sorted labels.
func samples(t *testing.T, text []byte) map[string]float64 {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	values := make(map[string]float64)
	for name, family := range families {
		for _, m := range family.GetMetric() {
			var labels []string
			for _, pair := range m.GetLabel() {
				labels = append(labels, fmt.Sprintf("%s=%q", pair.GetName(), pair.GetValue()))
			}
			slices.Sort(labels)
			series := name + "{" + strings.Join(labels, ",") + "}"
			if _, twice := values[series]; twice {
				t.Errorf("%s is there twice", series)
			}
			values[series] = valueOf(m)
		}
	}
	return values
}

func valueOf(m *dto.Metric) float64 {
	return m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
}

// types returns the lines with the types of metrics.
func types(text []byte) (lines []string) {
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "# TYPE ") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

var inheritedName = regexp.MustCompile(`^ilp_connector_((incoming|outgoing)_(ilp_packets|ilp_packet_value|money)|rate_limited_(ilp_packets|money)|balance)\{`)

func isInherited(series string) bool { return inheritedName.MatchString(series) }

func balanceOf(amount uint64) balance.Amount { return balance.FromUint64(amount) }
