package bolt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/storetest"
)

func TestStoreInUseIsRefused(t *testing.T) {
	dir := t.TempDir()
	h := storetest.Start(t, "hold", dir)
	if line := h.Line(); line != "held" {
		t.Fatal(line)
	}
	by := "another process"
	if runtime.GOOS == "linux" {
		by = fmt.Sprintf("process %d", h.Process.Pid)
	}
	before := snapshot(t, dir)
	for what, err := range map[string]error{"Open": openFails(t, dir), "Verify": verifyFails(dir)} {
		if !errors.Is(err, store.ErrInUse) || !strings.HasPrefix(err.Error(), dir+" is in use by "+by+": ") || !strings.Contains(err.Error(), "storePath") {
			t.Errorf("%s returned %v", what, err)
		}
	}
	if snapshot(t, dir) != before {
		t.Error("something in the directory has changed")
	}
	_ = h.In.Close()
	if line := h.Line(); line != "<nil>" {
		t.Fatal(line)
	}
	storetest.MustClose(t, mustOpen(t, dir, Options{}))
}

func TestStoreInUseByThisProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	by := "another process"
	if runtime.GOOS == "linux" {
		by = "this very process"
	}
	if err := openFails(t, dir); !errors.Is(err, store.ErrInUse) || !strings.Contains(err.Error(), by) {
		t.Errorf("Open returned %v", err)
	}
	storetest.MustApply(t, s, put("a", "1"))
	storetest.MustClose(t, s)
}

// Of several processes the first makes the store, and it is not made twice.
func TestStoreIsMadeOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	var wait sync.WaitGroup
	opened := make(chan *Store, 8)
	for range cap(opened) {
		wait.Go(func() {
			s, err := Open(dir, Options{})
			switch {
			case err == nil:
				opened <- s
			case !errors.Is(err, store.ErrInUse):
				t.Errorf("Open returned %v", err)
			}
		})
	}
	wait.Wait()
	close(opened)
	if len(opened) != 1 {
		t.Errorf("the store was opened %d times", len(opened))
	}
	for s := range opened {
		storetest.MustApply(t, s, put("a", "1"))
		storetest.MustClose(t, s)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("in the directory there is %v: %v", entries, err)
	}
}
