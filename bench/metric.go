package main

import "slices"

// metric names a figure of a run. The name ends with the unit.
type metric string

// The metrics of packets.
const (
	cpuMicros       metric = "cpuMicrosPerPacket" // user and system, of the process under test
	generatorMicros metric = "generatorMicrosPerPacket"
	othersPercent   metric = "othersCorePercent" // what else ran on the machine
	packetsPerSec   metric = "packetsPerSecond"
	p50Micros       metric = "p50Micros"
	p99Micros       metric = "p99Micros"
	p999Micros      metric = "p999Micros"
	maxMicros       metric = "maxMicros"
)

// The metrics of a connector with a node host. cpuMicros is then of both.
const (
	ownMicros     metric = "ownCPUMicrosPerPacket"  // of the connector
	nodeMicros    metric = "nodeCPUMicrosPerPacket" // of the node host
	nodeMegabytes metric = "nodeMegabytes"
	besidePerSec  metric = "hostedPacketsPerSecond" // beside the others
	quietMicros   metric = "quietCPUMicrosPerPacket"
	cpuRatio      metric = "cpuOverQuiet"
)

// The metrics of processes.
const (
	startMillis     metric = "startMillis" // until the first packet is fulfilled
	idleMegabytes   metric = "idleMegabytes"
	peakMegabytes   metric = "peakMegabytes"
	accountKilos    metric = "kilobytesPerIdleAccount"
	idleCorePercent metric = "idleCorePercent"
	memoryGrowth    metric = "memoryGrowth" // from the next to last sixth of a soak to the last
	readyMillis     metric = "readyMillis"  // until the process said that it is ready
	knownBytes      metric = "bytesPerKnownClient"
	connectedBytes  metric = "bytesPerConnectedClient"
	accountBytes    metric = "bytesPerAccountApart"
	childBytes      metric = "bytesPerIdleChild"
	listeners       metric = "listeningGoroutines"
	childGoroutines metric = "goroutinesPerIdleChild"
	quietP50Micros  metric = "quietP50Micros"
	busyRatio       metric = "p99OverQuiet"
	packetsChecked  metric = "packetsChecked"  // their amounts are right by one of the tables in force
	tablesPublished metric = "tablesPublished" // each has converted packets
	tablesPerSec    metric = "tablesPerSecond"
	changesPerSec   metric = "changesPerSecond"
	reloadsPerSec   metric = "reloadsPerSecond"
	heapMegabytes   metric = "heapMegabytes"  // after a collection, at the end
	heapGrowthHalf  metric = "heapGrowthHalf" // from 100 reloads to 500
	heapGrowth      metric = "heapGrowth"     // from 500 reloads to 1,000
	goroutineGrowth metric = "goroutineGrowth"
	quietP99Micros  metric = "quietP99Micros"
	burstP99Micros  metric = "burstP99Micros"
	burstRatio      metric = "burstP99OverQuiet"
	burstMillis     metric = "burstMillis" // until the last update of a burst was fulfilled
	learnSeconds    metric = "learnSeconds"
	routeBytes      metric = "bytesPerLearnedRoute"
	routeMicros     metric = "cpuMicrosPerLearnedRoute"
)

// columns are the metrics in the order of a table's columns, with their headings.
var columns = []struct {
	metric   metric
	head     string
	decimals int
}{
	{cpuMicros, "CPU us/packet", 2},
	{ownMicros, "ours us", 2},
	{nodeMicros, "node us", 2},
	{packetsPerSec, "packets/s", 0},
	{p50Micros, "p50 us", 0},
	{p99Micros, "p99 us", 0},
	{p999Micros, "p99.9 us", 0},
	{maxMicros, "max us", 0},
	{startMillis, "start ms", 0},
	{idleMegabytes, "idle MB", 1},
	{peakMegabytes, "peak MB", 1},
	{generatorMicros, "generator us", 2},
	{othersPercent, "others % core", 0},
	{accountKilos, "kB/idle account", 1},
	{idleCorePercent, "% of a core", 2},
	{memoryGrowth, "memory growth", 3},
	{readyMillis, "ready ms", 0},
	{knownBytes, "bytes/known", 0},
	{accountBytes, "bytes/account", 0},
	{connectedBytes, "bytes/connected", 0},
	{childBytes, "bytes/child", 0},
	{listeners, "listeners", 0},
	{childGoroutines, "goroutines/child", 2},
	{quietP50Micros, "quiet p50 us", 0},
	{quietP99Micros, "quiet p99 us", 0},
	{burstP99Micros, "burst p99 us", 0},
	{burstRatio, "burst/quiet", 2},
	{burstMillis, "burst ms", 0},
	{busyRatio, "p99/quiet", 2},
	{quietMicros, "quiet CPU us", 2},
	{cpuRatio, "CPU/quiet", 3},
	{besidePerSec, "hosted/s", 0},
	{nodeMegabytes, "node MB", 1},
	{packetsChecked, "packets", 0},
	{tablesPublished, "tables", 0},
	{tablesPerSec, "tables/s", 1},
	{changesPerSec, "changes/s", 0},
	{reloadsPerSec, "reloads/s", 0},
	{heapMegabytes, "heap MB", 1},
	{heapGrowthHalf, "heap 500/100", 3},
	{heapGrowth, "heap 1000/500", 3},
	{goroutineGrowth, "goroutines 1000/100", 3},
	{learnSeconds, "learn s", 3},
	{routeBytes, "bytes/route", 0},
	{routeMicros, "CPU us/route", 2},
}

// sample is the figures of one run.
type sample map[metric]float64

// medians returns the median of each metric over several runs.
func medians(runs []sample) sample {
	values := make(map[metric][]float64)
	for _, run := range runs {
		for m, v := range run {
			values[m] = append(values[m], v)
		}
	}
	all := make(sample, len(values))
	for m, v := range values {
		all[m] = median(v)
	}
	return all
}

// median returns the value in the middle, or the mean of the two in the middle.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	low, high := (len(sorted)-1)/2, len(sorted)/2
	return (sorted[low] + sorted[high]) / 2
}
