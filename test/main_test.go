package test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// folder is where this run keeps what it builds; TestMain makes and removes it.
var folder string

// ourBinary builds our connector on first use and tells where it is. A failed build fails each test of the
// kind `ours`, and no other.
var ourBinary = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(folder, "ilp-connector")
	build := exec.Command("go", "build", "-o", binary, "../cmd/ilp-connector")
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build ../cmd/ilp-connector: %w\n%s", err, output)
	}
	return binary, nil
})

// node tells where Node.js is, after a look at what it shall run.
var node = sync.OnceValues(func() (string, error) {
	if _, err := os.Stat("peers/node_modules/ilp-connector/package.json"); err != nil {
		return "", errors.New("the JavaScript peers are not installed: " +
			"run `npm ci --ignore-scripts --no-audit --no-fund` in test/peers")
	}
	return exec.LookPath("node")
})

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	if folder, err = os.MkdirTemp("", "ilp-connector-test-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	return m.Run()
}
