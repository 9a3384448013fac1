package test

import (
	"bufio"
	"encoding/json"
	"io"
	"sync"
	"testing"
	"time"
)

// Peers is one process of peers/peer.js, the home of any number of JavaScript accounts.
type Peers struct {
	process *Process

	mu      sync.Mutex
	next    int
	waiting map[int]chan<- verdict
}

// verdict is what peer.js says to one command.
type verdict struct {
	ID    int             `json:"id"`
	OK    json.RawMessage `json:"ok"`
	Error string          `json:"error"`
}

func startPeers(t *testing.T) *Peers {
	t.Helper()
	program, err := node()
	if err != nil {
		t.Fatal(err)
	}
	answers, stdout := io.Pipe()
	p := &Peers{waiting: make(map[int]chan<- verdict)}
	p.process = startProcess(t, "peer.js", "peers", nil, stdout, program, "peer.js")
	go p.listen(answers)
	go func() {
		<-p.process.exited
		stdout.Close()
	}()
	return p
}

// listen hands each answer to whoever asked.
func (p *Peers) listen(answers io.Reader) {
	lines := bufio.NewScanner(answers)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v verdict
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			continue // a package that prints; nobody waits for it
		}
		p.mu.Lock()
		waiting := p.waiting[v.ID]
		delete(p.waiting, v.ID)
		p.mu.Unlock()
		if waiting != nil {
			waiting <- v
		}
	}
	_, _ = io.Copy(io.Discard, answers)
}

// ask has peer.js do something with the account of that name, and reads what it says into answer, if not nil.
func (p *Peers) ask(t *testing.T, do, name string, arguments map[string]any, answer any) {
	t.Helper()
	said := make(chan verdict, 1)
	p.begin(t, do, name, arguments, said)
	p.end(t, said, answer)
}

// begin has peer.js begin something; what it says at the end goes to said, which must have room for it.
func (p *Peers) begin(t *testing.T, do, name string, arguments map[string]any, said chan<- verdict) {
	t.Helper()
	command := map[string]any{"do": do, "name": name}
	for k, v := range arguments {
		command[k] = v
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next++
	command["id"] = p.next
	p.waiting[p.next] = said
	line, err := json.Marshal(command)
	if err == nil {
		_, err = p.process.stdin.Write(append(line, '\n'))
	}
	if err != nil {
		t.Fatalf("%s %s: %v", do, name, err)
	}
}

// end waits for what peer.js says.
func (p *Peers) end(t *testing.T, said <-chan verdict, answer any) {
	t.Helper()
	select {
	case v := <-said:
		if v.Error != "" {
			t.Fatalf("peer.js: %s", v.Error)
		}
		if answer == nil {
			return
		}
		if err := json.Unmarshal(v.OK, answer); err != nil {
			t.Fatalf("peer.js: %v in %s", err, v.OK)
		}
	case <-p.process.exited:
		t.Fatal("peer.js ended")
	case <-time.After(2 * patience):
		t.Fatal("peer.js does not answer")
	}
}
