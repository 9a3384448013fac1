package connector_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
)

// A pause and its end may come at once. Whichever counts, it counts after a restart too.
func TestPauseAndResumeAtOnceAgreeWithTheStore(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	for n := range 40 {
		var asking sync.WaitGroup
		for _, what := range []string{"pause", "resume", "pause", "resume"} {
			asking.Go(func() { c.want(http.StatusOK, "POST", "/accounts/alice/"+what, "") })
		}
		asking.Wait()
		c.disk.mu.Lock()
		_, kept := c.disk.states[len(c.disk.states)-1]["config/pause/alice"]
		c.disk.mu.Unlock()
		got := outcome(c.send("alice", "test.us.bob", 0))
		if paused := strings.HasPrefix(got, "T03"); paused != kept {
			t.Fatalf("round %d: %s, and in the store it is paused: %v", n, got, kept)
		}
	}
}
