// Package nodehosttest runs node hosts for tests.
package nodehosttest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/ilp-go/connector/nodehost"
)

// Node returns the path of node. It skips the test where there is none, unless the environment
// says that this is a build: then it fails.
func Node(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("node")
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatal(err)
	}
	t.Skip("no node: ", err)
	return ""
}

// Run runs a host until the test ends. The options need no Command.
func Run(t testing.TB, o nodehost.Options) *nodehost.Host {
	t.Helper()
	o.Command = Node(t)
	h := nodehost.New(o)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { h.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
	})
	return h
}

// File returns the absolute path of a file of the package under test.
func File(t testing.TB, path ...string) string {
	t.Helper()
	file, err := filepath.Abs(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return file
}
