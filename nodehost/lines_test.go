package nodehost_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/nodehost"
	"github.com/ilp-go/connector/nodehost/nodehosttest"
)

// printing runs middlewares of testdata, and keeps what they print and why they are down.
type printing struct {
	host  *nodehost.Host
	downs chan string // has room for the first ones
	mu    sync.Mutex
	lines []nodehost.Printed
}

func (p *printing) Up(*nodehost.Object, nodehost.Constructed) {}

func (p *printing) Down(why error) {
	if !nodehost.IsDown(why) {
		select {
		case p.downs <- why.Error():
		default:
		}
	}
}

// find returns the first line with some words in it, once there is one.
func (p *printing) find(t *testing.T, words string) nodehost.Printed {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); <-ticker.C {
		p.mu.Lock()
		for _, line := range p.lines {
			if strings.Contains(line.Text, words) {
				p.mu.Unlock()
				return line
			}
		}
		p.mu.Unlock()
	}
	t.Fatalf("no line with %q within half a minute: %+v", words, p.lines)
	return nodehost.Printed{}
}

// print runs the two middlewares of testdata, the second with options.
func print(t *testing.T, options string) *printing {
	t.Helper()
	p := &printing{downs: make(chan string, 1)}
	p.host = nodehosttest.Run(t, nodehost.Options{Debug: true, Printed: func(line nodehost.Printed) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.lines = append(p.lines, line)
	}})
	for file, options := range map[string]string{"chatter": `{}`, "neighbor": options} {
		o := p.host.Add(nodehost.Module{Kind: nodehost.Middleware, Name: file, Path: nodehosttest.File(t, "testdata", file+".js"), Options: json.RawMessage(options)}, p)
		if file == "neighbor" {
			p.host.Add(nodehost.Module{Kind: nodehost.Chain, Name: "chain", Account: "alice", Options: fmt.Appendf(nil, `{"builtin":{},"middlewares":[%d]}`, o.Number())}, p)
		}
	}
	return p
}

// Modules may share a folder. What they print is theirs all the same.
func TestLinesOfModulesInOneFolderAreTold(t *testing.T) {
	p := print(t, `{"fails":true}`)
	line := p.find(t, "applyToPipelines has thrown TypeError")
	if line.Module != "neighbor" || !strings.Contains(line.Text, "neighbor.js:") || line.Level != "warn" {
		t.Errorf("%+v", line)
	}
}

// A rejection that nothing handles is one line, and one more for debugging.
func TestUnhandledRejectionIsOneLine(t *testing.T) {
	p := print(t, `{"rejects":true}`)
	line := p.find(t, "nothing handles")
	if want := (nodehost.Printed{Module: "neighbor", Level: "warn", Text: "a rejection that nothing handles: TypeError: nobody"}); line != want {
		t.Errorf("%+v", line)
	}
	if line := p.find(t, "neighbor.js:"); line.Level != "debug" {
		t.Errorf("%+v", line)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.lines) != 2 {
		t.Errorf("%d lines: %+v", len(p.lines), p.lines)
	}
}

// What tells operators of an error has one line. The log has its stack.
func TestErrorOfAConstructorIsOneLine(t *testing.T) {
	p := print(t, `{"throws":true}`)
	if line := p.find(t, "the constructor of neighbor has thrown TypeError: first\nsecond\n"); line.Module != "neighbor" {
		t.Errorf("%+v", line)
	}
	if why := <-p.downs; why != "neighbor could not be constructed: TypeError: first" {
		t.Errorf("%q", why)
	}
}

// A module that prints without end is cut off, and the log says by how much.
func TestLinesOfOneSecondAreBounded(t *testing.T) {
	p := print(t, `{"prints":1000}`)
	p.find(t, "800 lines were left out, since more than 200 came within a second")
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.lines) != 201 || p.lines[0].Module != "neighbor" {
		t.Errorf("%d lines, the first %+v", len(p.lines), p.lines[0])
	}
}
