// Command bench measures what the connector costs. It runs the npm ilp-connector that ours replaces,
// and a relay that only forwards, under the same load and in turns. Whatever else the machine does
// then affects all of them. `make bench` builds and runs all cases; `make bench-quick` runs them
// short, without the npm connector. Flags choose more of one thing and less of another:
//
//	make bench BENCHFLAGS="-case one,fifty -runs 9"
//	bin/ilp-bench -list
//	bin/ilp-bench -help
//	bin/ilp-bench -json > bench.json
//
// A packet is a full round trip: a Prepare in and out, a Fulfill in and out. The report of a process:
//
//   - CPU us/packet: user and system time of the process under test. This is the yardstick, as it
//     does not depend on the speed of the load generator.
//   - packets/s, and the latency's median, 99th and 99.9th percentile and maximum. A closed loop keeps
//     a window in flight. A paced load sends on a schedule, and a latency counts from the scheduled time.
//   - idle and peak memory (VmRSS, VmHWM), the time from the start of the process to the first
//     packets, and generator us: the CPU time of the load generator per packet.
//   - others: what else ran on the machine, in percent of a core. Latencies mean something only if
//     this is close to nothing.
//
// Numbers are medians of the runs, and ratios are ratios of medians. The report marks a target that
// is missed. A packet with a wrong answer, or without one, fails its case, and the exit status is 1.
//
// The load lives in one thread, so on two cores the process under test has the other one. Some cases
// run load and process on one core, and say so. Compare ratios: absolute numbers depend on the machine.
//
// Where to look: cases.go is the table of cases, and case.go runs one. Package load is the senders
// and receivers, package subject the processes, package relay the lower bound.
//
// It needs Linux: it reads CPU clocks and memory of other processes, pins to cores and polls with
// epoll. It is a module of its own, so that the connector needs none of its dependencies.
package main
