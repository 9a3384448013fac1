package remote

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/account/balance"
)

// core is a process of test/peers/engine.js: engines of the npm ilp-settlement-core and
// the ledger they settle on.
type core struct {
	stdin   io.Writer
	answers chan string // its lines
	errors  *strings.Builder
	asked   int
}

func startCore(t *testing.T) *core {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal(err)
	}
	c := &core{answers: make(chan string), errors: new(strings.Builder)}
	process := exec.Command(node, "engine.js")
	process.Dir = "../../test/peers"
	process.Stderr = c.errors
	stdin, err := process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	c.stdin = stdin
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer close(c.answers)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			c.answers <- lines.Text()
		}
	}()
	t.Cleanup(func() {
		_ = stdin.Close() // which ends it
		<-ended
		_ = process.Wait()
		if t.Failed() {
			t.Logf("engine.js says:\n%s\n(it needs `npm ci --ignore-scripts --no-audit --no-fund` in test/peers)", c.errors)
		}
	})
	return c
}

// ask sends a command and reads the result into answer, if that is not nil.
func (c *core) ask(t *testing.T, answer any, command map[string]any) {
	t.Helper()
	c.asked++
	command["id"] = c.asked
	if _, err := c.stdin.Write(append(marshal(command), '\n')); err != nil {
		t.Fatal(err)
	}
	select {
	case line := <-c.answers:
		var said struct {
			ID    int
			OK    json.RawMessage
			Error string
		}
		if err := json.Unmarshal([]byte(line), &said); err != nil || said.ID != c.asked || said.Error != "" {
			t.Fatalf("%v: %q %v", command, line, err)
		}
		if answer == nil {
			return
		}
		if err := json.Unmarshal(said.OK, answer); err != nil {
			t.Fatal(err)
		}
	case <-time.After(patience):
		t.Fatalf("%v: no answer", command)
	}
}

// start starts an engine and returns its URL.
func (c *core) start(t *testing.T, name, connectorURL string) (url string) {
	t.Helper()
	var started struct{ URL string }
	c.ask(t, &started, map[string]any{"do": "start", "name": name, "connectorUrl": connectorURL})
	return started.URL
}

func (c *core) stop(t *testing.T, name string) {
	t.Helper()
	c.ask(t, nil, map[string]any{"do": "stop", "name": name})
}

// sent returns what an engine has paid on the ledger, in units of 10^-6.
func (c *core) sent(t *testing.T, from string) (sum balance.Amount) {
	t.Helper()
	var all []struct{ From, Amount string }
	c.ask(t, &all, map[string]any{"do": "transfers"})
	for _, transfer := range all {
		if transfer.From != from {
			continue
		}
		whole, part, _ := strings.Cut(transfer.Amount, ".")
		digits := strings.TrimLeft(whole+fmt.Sprintf("%-6s", part), "0")
		amount, err := balance.Parse(strings.ReplaceAll(digits, " ", "0"))
		if err != nil {
			t.Fatal(err)
		}
		sum, _ = sum.Add(amount)
	}
	return sum
}
