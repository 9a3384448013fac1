package metrics

import (
	"bufio"
	"fmt"
	"net/http"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// contentType is the content type that the reference sends.
const contentType = "text/plain; version=0.0.4; charset=utf-8"

// ServeHTTP answers with all metrics in the text format of Prometheus: first those of the
// reference in its order, each with its type even without a sample, then ours by name.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	byName, err := m.gatherInherited()
	if err != nil {
		http.Error(w, "Error: "+err.Error(), http.StatusInternalServerError)
		return
	}
	own, err := m.own.Gather()
	if err != nil {
		http.Error(w, "Error: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", contentType)
	// A write fails if the client has gone, and then no client needs the rest.
	out := bufio.NewWriter(w)
	for _, f := range inheritedFamilies {
		if family := byName[prefix+f.name]; family != nil {
			_, _ = expfmt.MetricFamilyToText(out, family)
		} else {
			_, _ = fmt.Fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", prefix+f.name, f.help, prefix+f.name, f.kind)
		}
	}
	for _, family := range own {
		_, _ = expfmt.MetricFamilyToText(out, family)
	}
	_ = out.Flush()
}

// gatherInherited returns the metrics of the reference that have a sample.
func (m *Metrics) gatherInherited() (map[string]*dto.MetricFamily, error) {
	families, err := m.inherited.Gather()
	if err != nil {
		return nil, fmt.Errorf("gather metrics: %w", err)
	}
	byName := make(map[string]*dto.MetricFamily, len(families))
	for _, family := range families {
		byName[family.GetName()] = family
	}
	return byName, nil
}

var _ http.Handler = (*Metrics)(nil)
