package disk

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ilp-go/connector/store"
)

// atStep hangs before or after a batch is written that a test waits for. The test makes a file of the step's name in
// the folder that TEST_STEPS names. It is renamed to NAME.reached, and the batch waits until there is NAME.on.
func atStep(batch store.Batch, when string) {
	dir := os.Getenv("TEST_STEPS")
	if dir == "" {
		return
	}
	for _, c := range batch {
		name := stepOf(c)
		if name == "" {
			continue
		}
		file := filepath.Join(dir, when+"-"+name)
		if os.Rename(file, file+".reached") != nil {
			continue
		}
		for {
			if _, err := os.Stat(file + ".on"); err == nil {
				break
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// stepOf returns what a change is of the way of an answer, empty if it is something else.
func stepOf(c store.Change) string {
	switch {
	case strings.HasPrefix(c.Key, "answers/") && c.Value != nil:
		return "answer"
	case strings.HasPrefix(c.Key, "answers/"):
		return "removal"
	case strings.HasPrefix(c.Key, "counted/") && c.Value != nil:
		return "count"
	}
	return ""
}
