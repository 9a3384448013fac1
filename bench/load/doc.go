// Package load makes the load of the benchmark and checks every packet of it. Its senders, receivers
// and neighbors are BTP clients of the process under test.
//
//   - [Load] is the clients of one process. [Dial] connects them, [Load.Probe] waits until the
//     process carries packets, and [Load.Run] drives a [Plan].
//   - [Plan] says how much: a window of packets that each sender keeps in flight (closed loop), or
//     packets a second on a schedule (paced). It has phases, each measured by itself. A latency
//     counts from the scheduled time, so a process that falls behind cannot hide it.
//   - [Measure] is what a phase brought: packets, CPU time, a [Histogram].
//   - [Prices] are prices that change meanwhile. What arrives tells which table has converted it.
//   - [Neighbor] speaks CCP: it waits until the process asks for routes, then announces them.
//
// No two packets are alike. The receiver compares amount, condition, destination, data and expiry
// with the label in the data. The sender compares the answer with what it asked: fulfillment and
// data, or code and origin of a Reject. A wrong, missing or repeated packet ends the run with an
// error that names it.
//
// All clients share one thread and one epoll set, as a generator that wakes a goroutine per packet
// costs more than the connector that it measures. One read takes all that a socket has, and one
// write carries all that the read caused. Packets are copied from templates, without allocation.
package load
