// Package load makes and checks the load of the benchmark: senders that ask,
// receivers that answer, and neighbors that tell routes, all of them BTP
// clients of the process under test.
//
//   - [Load] is the clients of one process. [Dial] connects them, [Load.Probe]
//     waits until the process carries packets, [Load.Run] drives a [Plan].
//   - [Plan] says how much: a window of packets that each sender keeps in flight
//     (closed loop), or so many packets a second on a schedule (paced), in phases
//     that are measured one by one. A latency counts from the time a packet was to be
//     sent, so a process that falls behind can not hide it.
//   - [Measure] is what a phase brought: packets, CPU time, a [Histogram].
//   - [Neighbor] speaks CCP: it waits to be asked for routes, and tells them.
//
// Every packet differs from every other, and all of it is checked. The receiver
// holds amount, condition, destination, data and expiry against the label in the
// data; the sender holds the fulfillment and the data of the answer, or the code and
// the origin of a Reject, against what it asked. What is wrong, missing or comes
// twice ends the run with an error that names the packet.
//
// All clients live in one thread with one epoll set: a load generator that wakes
// a goroutine per packet costs more than the connector it measures. One read takes
// what a socket has, one write carries all that it caused, packets are copied from
// templates, and nothing is allocated on the way.
package load
