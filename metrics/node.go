package metrics

import (
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// node collects the metrics of the connector as a whole.
type node struct {
	source Source

	build, ready, alerts, routes      series
	reloads, reloadFailed, reloadTime series
	pauses, earned                    series

	version, revision string
}

func newNode(source Source, o Options) *node {
	return &node{
		source:   source,
		version:  o.Version,
		revision: o.Revision,
		build: gauge("build_info",
			"Always 1. The labels tell the version of the program.", "version", "revision", "goversion"),
		ready: gauge("ready",
			"1 if the connector is ready for packets, otherwise 0."),
		alerts: gauge("alerts",
			"Alerts that are raised: not resolved, and not dismissed."),
		routes: gauge("routes",
			"Prefixes with a route."),
		reloads: counter("reloads_total",
			"Attempts to reload the configuration.", "result"),
		reloadFailed: gauge("reload_failed",
			"1 if the last attempt to reload the configuration failed, so that an older one holds, otherwise 0."),
		reloadTime: gauge("reload_last_success_timestamp_seconds",
			"When the configuration was last reloaded."),
		pauses: gauge("pauses",
			"What operators have paused: the node, assets, prefixes and accounts.", "scope"),
		earned: gauge("spread_earned",
			"What the spread has kept of the packets from the account, in base units of the asset that they were paid out in.",
			"account", "paid_asset", "paid_scale"),
	}
}

// Describe sends the description of every metric.
func (c *node) Describe(ch chan<- *prometheus.Desc) {
	for _, s := range []series{
		c.build, c.ready, c.alerts, c.routes, c.reloads, c.reloadFailed, c.reloadTime, c.pauses, c.earned,
	} {
		ch <- s.desc
	}
}

// Collect sends the present values.
func (c *node) Collect(ch chan<- prometheus.Metric) {
	c.build.send(ch, 1, c.version, c.revision, runtime.Version())
	c.ready.send(ch, truth(len(c.source.Unready()) == 0))
	c.alerts.send(ch, float64(len(c.source.Alerts().All())))
	c.routes.send(ch, float64(c.source.Prefixes()))
	for scope, n := range c.source.Paused() {
		c.pauses.send(ch, float64(n), scope)
	}
	if c.source.Loaded() {
		for _, e := range c.source.Earnings() {
			c.earned.send(ch, float(e.Amount.Big()), e.AccountID, e.AssetCode, strconv.Itoa(int(e.AssetScale)))
		}
	}
	reloads := c.source.Reloads()
	c.reloads.send(ch, float64(reloads.Done), "done")
	c.reloads.send(ch, float64(reloads.Failed), "failed")
	c.reloadFailed.send(ch, truth(reloads.Broken))
	if !reloads.Last.IsZero() {
		c.reloadTime.send(ch, time.Duration(reloads.Last.UnixNano()).Seconds())
	}
}

var _ prometheus.Collector = (*node)(nil)
