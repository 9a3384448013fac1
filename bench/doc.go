// Command bench measures what the connector costs, beside the npm ilp-connector that it
// replaces and a relay that only forwards, on the same load and in turns, so that
// whatever else the machine does meets all of them. `make bench` builds and runs
// all of it, `make bench-quick` a short version without the npm connector. For more of one
// thing and less of another:
//
//	make bench BENCHFLAGS="-case one,fifty -runs 9"
//	bin/ilp-bench -list
//	bin/ilp-bench -help
//	bin/ilp-bench -json > bench.json
//
// A packet is a full round trip: a Prepare in and out, a Fulfill in and out. What is
// told of a process:
//
//   - CPU us/packet: user and system time of the process under test. This is the
//     yardstick; it does not depend on how fast the load generator is.
//   - packets/s, and the latency's median, 99th and 99.9th percentile and largest. A closed
//     loop keeps a window in flight; a paced load sends on a schedule, and latency counts
//     from the scheduled time.
//   - idle and peak memory (VmRSS, VmHWM), the time from the start of the process to the
//     first packets, and generator us: what the load itself took per packet.
//   - others: what else ran on the machine meanwhile, in percent of a core. Latencies
//     are worth something if that is next to nothing.
//
// Numbers are medians of the runs, ratios are those of medians. A target that is
// missed says so; a packet that is not answered as it has to be ends everything with
// exit status 1.
//
// The load lives in one thread, so on two cores the process under test has one for
// itself. Cases that say so run load and process on one core. Absolute numbers belong to
// a machine: compare ratios.
//
// Where to look: cases.go is the table of cases, case.go how one is run. Package load
// is the senders and receivers, package subject the processes, package relay the floor.
//
// It needs Linux: it reads CPU clocks and memory of other processes, pins to cores and
// polls with epoll.
package main
