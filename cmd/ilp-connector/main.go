// Command ilp-connector is the connector as one binary: the daemon, and the commands
// for its operators. Package cli holds all of it.
package main

import "github.com/ilp-go/connector/cli"

func main() { cli.Main() }
