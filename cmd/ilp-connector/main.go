// Command ilp-connector is the connector as one binary.
//
// Without arguments it is the daemon that the CONNECTOR_* variables configure, as
// the npm ilp-connector is. Its sub-commands check a configuration and ask a
// running connector, through its admin API, what it is doing; one file for each.
package main

import "os"

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }
