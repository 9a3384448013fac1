// Command profiled is the connector, and serves the profiles of package net/http/pprof at the address
// in BENCH_PROFILE. The benchmark asks them for the size of the heap, which the product tells no client.
package main

import (
	"fmt"
	"net/http"
	_ "net/http/pprof" //nolint:gosec // that is what it is for
	"os"

	"github.com/ilp-go/connector/cli"
)

func main() {
	address := os.Getenv("BENCH_PROFILE")
	_ = os.Unsetenv("BENCH_PROFILE")
	go func() {
		if err := http.ListenAndServe(address, nil); err != nil { //nolint:gosec // of this machine alone
			fmt.Fprintln(os.Stderr, "profiled:", err)
			os.Exit(1)
		}
	}()
	cli.Main()
}
