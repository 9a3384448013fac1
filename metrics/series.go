package metrics

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ilp-go/connector/account"
)

// prefix begins the names of all our metrics.
const prefix = "ilp_connector_"

// series is the samples of one metric that have the same label names.
type series struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
}

func counter(name, help string, labels ...string) series {
	return series{prometheus.NewDesc(prefix+name, help, labels, nil), prometheus.CounterValue}
}

func gauge(name, help string, labels ...string) series {
	return series{prometheus.NewDesc(prefix+name, help, labels, nil), prometheus.GaugeValue}
}

// send sends one sample.
func (s series) send(ch chan<- prometheus.Metric, value float64, labels ...string) {
	ch <- prometheus.MustNewConstMetric(s.desc, s.kind, value, labels...)
}

// accountLabels returns the names of the labels that of returns, and further names.
func accountLabels(further ...string) []string {
	return append([]string{"account", "asset", "scale"}, further...)
}

// of returns the labels that identify an account, and further labels.
func of(a *account.Account, further ...string) []string {
	return append([]string{a.ID, a.AssetCode, strconv.Itoa(int(a.AssetScale))}, further...)
}

// results lists the results of packets in the order in which we show them.
var results = [...]account.Result{account.Fulfilled, account.Rejected, account.Failed}

// balanced reports whether an account has a balance and it is loaded.
func balanced(source Source, a *account.Account) bool {
	return a.Balance != nil && source.Enabled("balance") && source.Loaded()
}

// truth returns a boolean as Prometheus writes it.
func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
