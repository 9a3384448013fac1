package test

import (
	"bufio"
	"encoding/json"
	"io"
	"sync"
	"testing"
	"time"
)

// Peers is one process of peers/peer.js, the home of any number of JavaScript accounts, or of another program there
// that is spoken to in the same way.
type Peers struct {
	process *Process

	mu      sync.Mutex
	next    int
	waiting map[int]chan<- verdict
}

// verdict is what such a program says to one command.
type verdict struct {
	ID    int             `json:"id"`
	OK    json.RawMessage `json:"ok"`
	Error string          `json:"error"`
}

func startPeers(t *testing.T) *Peers {
	t.Helper()
	return startPeersOf(t, "peer.js")
}

// startPeersOf starts a program of the folder peers.
func startPeersOf(t *testing.T, script string) *Peers {
	t.Helper()
	program, err := node()
	if err != nil {
		t.Fatal(err)
	}
	answers, stdout := io.Pipe()
	p := &Peers{waiting: make(map[int]chan<- verdict)}
	p.process = startProcess(t, script, "peers", nil, stdout, program, script)
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

// ask has the program do something with the account of that name, and reads what it says into answer, if not nil.
func (p *Peers) ask(t *testing.T, do, name string, arguments map[string]any, answer any) {
	t.Helper()
	said := make(chan verdict, 1)
	p.begin(t, do, name, arguments, said)
	p.end(t, said, answer)
}

// begin has the program begin something; what it says at the end goes to said, which must have room for it.
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

// end waits for what the program says.
func (p *Peers) end(t *testing.T, said <-chan verdict, answer any) {
	t.Helper()
	select {
	case v := <-said:
		if v.Error != "" {
			t.Fatalf("%s: %s", p.process.name, v.Error)
		}
		if answer == nil {
			return
		}
		if err := json.Unmarshal(v.OK, answer); err != nil {
			t.Fatalf("%s: %v in %s", p.process.name, err, v.OK)
		}
	case <-p.process.exited:
		t.Fatalf("%s ended", p.process.name)
	case <-time.After(2 * patience):
		t.Fatalf("%s does not answer", p.process.name)
	}
}
