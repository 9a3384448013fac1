//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "bench: this operating system cannot run the benchmark: it needs Linux")
	os.Exit(1)
}
