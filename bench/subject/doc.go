// Package subject runs the processes that the benchmark compares, and measures them from outside:
//
//   - Connector is ours, the binary built from this repository.
//   - Reference is the npm ilp-connector, in the version that test/peers pins.
//   - Relay is package relay: what any process between two WebSockets costs.
//
// A [Setup] says how many accounts and routes a process has, and on which core it runs. Connector
// and Reference get the same settings. Every account has every limit, so that every middleware has
// work to do. They get the settings as CONNECTOR_ variables. Linux limits a variable to 128 KiB;
// beyond that ours reads a configuration file. The reference reads no files, so a script sets its
// variables from within.
//
// A process ends with [Subject.Stop], or when the benchmark is killed.
package subject
