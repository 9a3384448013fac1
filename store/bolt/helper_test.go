package bolt

import (
	"fmt"
	"io"
	"os"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/storetest"
)

// perform does what a test wants done in a process of its own, and returns the exit
// status.
func perform(task string, args []string) int {
	dir := args[0]
	switch task {
	case "count":
		fmt.Println(storetest.Count(func() (store.Store, error) { return Open(dir, Options{}) }))
	case "hold":
		s, err := Open(dir, Options{})
		if err != nil {
			fmt.Println(err)
			return 1
		}
		fmt.Println("held")
		_, _ = io.Copy(io.Discard, os.Stdin) // until the test lets go
		fmt.Println(s.Close())
	case "check alone":
		fmt.Println(checkAlone(dir))
	case "open as nobody":
		becomeNobody()
		s, err := Open(dir, Options{})
		if err == nil {
			err = s.Close()
		}
		fmt.Println(err)
	}
	return 0
}
