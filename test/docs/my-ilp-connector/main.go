// Command my-ilp-connector is the connector of docs/embedding.md: all commands, and a
// plugin of its own.
package main

import (
	"github.com/ilp-go/connector/cli"
	"github.com/ilp-go/connector/connector"
)

func main() {
	cli.Main(connector.WithPlugin("in-process", newTill))
}
