package test

import (
	"bufio"
	"encoding/json"
	"maps"
	"net"
	"sync"
	"testing"
	"time"
)

// npmControl gives commands to probes, which connect to it from whichever process they are in.
type npmControl struct {
	port int

	mu      sync.Mutex
	probes  map[string]net.Conn
	next    int
	waiting map[int]chan<- npmVerdict
}

// npmVerdict is what a probe says to a command: how the call ended, in words.
type npmVerdict struct {
	ID    int    `json:"id"`
	Probe string `json:"probe"` // it announces itself
	OK    string `json:"ok"`
	Error string `json:"error"`
}

func newNpmControl(t *testing.T) *npmControl {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &npmControl{
		port:    listener.Addr().(*net.TCPAddr).Port,
		probes:  make(map[string]net.Conn),
		waiting: make(map[int]chan<- npmVerdict),
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go c.hear(conn)
		}
	}()
	return c
}

// hear reads what the probes of one process say, until it ends.
func (c *npmControl) hear(conn net.Conn) {
	defer conn.Close()
	defer c.forget(conn)
	lines := bufio.NewScanner(conn)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v npmVerdict
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			continue
		}
		c.mu.Lock()
		waiting := c.waiting[v.ID]
		delete(c.waiting, v.ID)
		if v.Probe != "" {
			c.probes[v.Probe] = conn
		}
		c.mu.Unlock()
		if waiting != nil {
			waiting <- v
		}
	}
}

// forget forgets the probes of a process that has ended.
func (c *npmControl) forget(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.probes, func(_ string, of net.Conn) bool { return of == conn })
}

// present reports whether a probe has connected.
func (c *npmControl) present(probe string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.probes[probe] != nil
}

// begin gives a command to a probe.
func (w *npmWorld) begin(probe, do string, arguments ...any) <-chan npmVerdict {
	w.t.Helper()
	w.within("the probe "+probe, func() bool { return w.control.present(probe) })
	command := pairs(arguments)
	command["probe"], command["do"] = probe, do
	said := make(chan npmVerdict, 1)
	c := w.control
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next++
	command["id"] = c.next
	c.waiting[c.next] = said
	if _, err := c.probes[probe].Write([]byte(inJSONText(w.t, command) + "\n")); err != nil {
		w.t.Fatalf("%s: %v", probe, err)
	}
	return said
}

// end waits for how a command ended.
func (w *npmWorld) end(said <-chan npmVerdict) string {
	w.t.Helper()
	select {
	case v := <-said:
		if v.Error != "" {
			w.t.Fatalf("a probe: %s", v.Error)
		}
		return v.OK
	case <-time.After(patience):
		w.t.Fatal("a probe does not answer")
		return ""
	}
}

// tell gives a command to a probe and waits for how it ended.
func (w *npmWorld) tell(probe, do string, arguments ...any) string {
	w.t.Helper()
	return w.words(w.end(w.begin(probe, do, arguments...)))
}

// script says what a method of a probe does from now on; nil stands for what is usual.
func (w *npmWorld) script(probe, method string, act jsAct) {
	w.t.Helper()
	w.tell(probe, "script", "method", method, "act", act)
}
