package docs

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// root is the folder of the repository, seen from here.
const root = "../.."

// binaries is the folder of the programs that this run builds; TestMain makes and removes it.
var binaries string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	var err error
	if binaries, err = os.MkdirTemp("", "ilp-connector-docs-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(binaries)
	build := exec.Command("go", "build", "-o", binaries, "../../cmd/ilp-connector", "./my-ilp-connector", "../xrpledger")
	if output, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%s\n%s%v\n", build, output, err)
		return 1
	}
	return m.Run()
}
