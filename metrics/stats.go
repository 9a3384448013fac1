package metrics

import (
	"strconv"

	dto "github.com/prometheus/client_model/go"
)

// Family is one metric of the reference, with all its samples, as GET /stats
// shows it.
type Family struct {
	Help       string   `json:"help"`
	Name       string   `json:"name"`
	Type       string   `json:"type"`
	Values     []Sample `json:"values"`
	Aggregator string   `json:"aggregator"`
}

// Sample is one value of a metric.
type Sample struct {
	Value  float64 `json:"value"`
	Labels Labels  `json:"labels"`
}

// Labels identify a sample of a metric. Result and Code are empty if the metric does not
// have them.
type Labels struct {
	Result  string `json:"result,omitempty"`
	Code    string `json:"code,omitempty"`
	Account string `json:"account"`
	Asset   string `json:"asset"`
	Scale   int    `json:"scale"`
}

// Stats returns the metrics of the reference, in its order, also those without a sample.
func (m *Metrics) Stats() ([]Family, error) {
	byName, err := m.gatherInherited()
	if err != nil {
		return nil, err
	}
	stats := make([]Family, len(inheritedFamilies))
	for i, f := range inheritedFamilies {
		stats[i] = Family{Help: f.help, Name: prefix + f.name, Type: f.kind, Values: []Sample{}, Aggregator: "sum"}
		for _, metric := range byName[prefix+f.name].GetMetric() {
			stats[i].Values = append(stats[i].Values, sampleOf(metric))
		}
	}
	return stats, nil
}

func sampleOf(metric *dto.Metric) Sample {
	s := Sample{Value: metric.GetCounter().GetValue() + metric.GetGauge().GetValue()} // it is one of the two
	for _, pair := range metric.GetLabel() {
		switch value := pair.GetValue(); pair.GetName() {
		case "result":
			s.Labels.Result = value
		case "code":
			s.Labels.Code = value
		case "account":
			s.Labels.Account = value
		case "asset":
			s.Labels.Asset = value
		case "scale":
			s.Labels.Scale, _ = strconv.Atoi(value) // we wrote it
		}
	}
	return s
}
