package metrics

import "github.com/prometheus/client_golang/prometheus"

// NodeHost describes a process of Node.js that runs npm modules.
type NodeHost struct {
	// Modules is the module that the process runs, or AllModules.
	Modules string
	// Up reports whether the process runs and answers.
	Up bool
	// Restarts counts how often it was started again, since the connector started.
	Restarts uint64
	// ResidentBytes is the memory that it uses, 0 if that is not known.
	ResidentBytes uint64
}

// AllModules stands for the modules of a process that runs all of them.
const AllModules = "all"

// nodeHosts collects the metrics of the node hosts, if there are any. The configuration names their
// modules, so that they are few.
type nodeHosts struct {
	source               Source
	up, restarts, memory series
}

func newNodeHosts(source Source) *nodeHosts {
	return &nodeHosts{
		source: source,
		up: gauge("node_host_up",
			"1 if the process that runs npm modules is up and answers, otherwise 0.", "modules"),
		restarts: counter("node_host_restarts_total",
			"How often the process that runs npm modules was started again.", "modules"),
		memory: gauge("node_host_resident_memory_bytes",
			"Memory of the process that runs npm modules. There is no sample while it is down.", "modules"),
	}
}

// Describe sends the description of every metric.
func (c *nodeHosts) Describe(ch chan<- *prometheus.Desc) {
	for _, s := range []series{c.up, c.restarts, c.memory} {
		ch <- s.desc
	}
}

// Collect sends the present values.
func (c *nodeHosts) Collect(ch chan<- prometheus.Metric) {
	for _, h := range c.source.Hosts() {
		c.up.send(ch, truth(h.Up), h.Modules)
		c.restarts.send(ch, float64(h.Restarts), h.Modules)
		if h.ResidentBytes > 0 {
			c.memory.send(ch, float64(h.ResidentBytes), h.Modules)
		}
	}
}

var _ prometheus.Collector = (*nodeHosts)(nil)
