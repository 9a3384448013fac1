// Package subject runs the processes that the benchmark compares, and measures
// them from outside:
//
//   - Connector is ours, the binary built from this repository.
//   - Reference is the npm ilp-connector, as test/peers pins it.
//   - Relay is package relay: what any process that stands between two WebSockets has
//     to pay.
//
// A [Setup] says what they are to be: how many accounts and routes, on which core.
// Connector and Reference get the same settings, with every limit of every account
// set, so that every middleware has work to do. They get them as CONNECTOR_
// variables; where those are longer than the system lets a variable be (128 KiB),
// ours reads them from its configuration file, and the reference, which knows no files,
// from a script that sets its variables from within.
//
// A process ends with [Subject.Stop], or with this one if that is killed.
package subject
