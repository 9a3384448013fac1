package test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// hostWorld is our connector, with accounts whose plugin is the npm ilp-plugin-btp in the node host and others that are
// built in, and packets between them.
type hostWorld struct {
	*crashWorld
	c           *Connector
	profilePort int
	flows       []*hostFlow
	pids        []int // of the processes, in turn
	stop        chan struct{}
	running     sync.WaitGroup
}

// hangTimeout is how long a process may hang here.
const hangTimeout = 1500 * time.Millisecond

// hostSettings are the settings of a connector with hosted modules.
func hostSettings(t *testing.T) map[string]string {
	t.Helper()
	program, err := node()
	if err != nil {
		t.Fatal(err)
	}
	folder, err := filepath.Abs("peers")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{
		"command": program, "paths": []string{folder}, "hangTimeout": hangTimeout.Milliseconds(), "restartsMax": 10_000,
	})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"NODE_HOST": string(text),
		// What it remembers of packets would hide what a process leaves behind in the heap.
		"DISABLE_MIDDLEWARE": `["deduplicate"]`,
	}
}

// hostAccount is an account of that scale and without limits, hosted if its id says so.
func hostAccount(id string) account {
	a := child(id, scaleOfMost).with("balance", map[string]string{"minimum": "-Infinity", "maximum": "Infinity"}).
		with("rateLimit", map[string]any{"refillPeriod": 1000, "refillCount": 1_000_000})
	if strings.HasPrefix(id, "hosted") {
		a = a.with("plugin", "npm:ilp-plugin-btp")
	}
	return a
}

// newHostWorld prepares everything, and starts the connector with nothing to do.
func newHostWorld(t *testing.T, binary string, pairs ...[2]string) *hostWorld {
	t.Helper()
	seed := cmp.Or(*crashSeed, rand.Uint64())
	t.Logf("-crash-seed %d", seed)
	w := &hostWorld{profilePort: freePort(t), stop: make(chan struct{}), crashWorld: &crashWorld{
		t: t, random: rand.New(rand.NewPCG(seed, 0)), argv: []string{binary, "run"}, dir: t.TempDir(),
		ports: make(map[string]int), adminPort: freePort(t), address: "test.conn",
	}}
	c := config{address: w.address, env: hostSettings(t)}
	c.env["STORE_PATH"] = w.dir
	for i, pair := range pairs {
		for _, id := range pair {
			w.ports[id] = freePort(t)
			c.accounts = append(c.accounts, hostAccount(id))
		}
		f := newHostFlow(i, hostPort{pair[0], w.ports[pair[0]]}, hostPort{pair[1], w.ports[pair[1]]})
		f.hostedFrom, f.hostedTo = strings.HasPrefix(pair[0], "hosted"), strings.HasPrefix(pair[1], "hosted")
		w.flows = append(w.flows, f)
	}
	var err error
	if w.env, err = c.environment(w.ports, w.adminPort); err != nil {
		t.Fatal(err)
	}
	w.env = append(w.env, fmt.Sprintf("%s=127.0.0.1:%d", profileVariable, w.profilePort))
	w.c = w.start()
	return w
}

// quickRestarts has the node host start again at once after each end, and the connector tell of its heap. In the
// product the pause doubles up to a minute.
func quickRestarts() []change {
	return []change{{
		file: "nodehost/host.go",
		old:  "clock.Doubling(250*time.Millisecond, time.Minute)",
		new:  "clock.Doubling(10*time.Millisecond, 20*time.Millisecond)",
	}, {
		file: "cmd/ilp-connector/profile.go",
		new: `package main

import (
	"net/http"
	_ "net/http/pprof"
	"os"
)

func init() { go http.ListenAndServe(os.Getenv("` + profileVariable + `"), nil) }
`,
	}}
}

const profileVariable = "TEST_PROFILE"

// connect connects both ends of each flow, waits until the connector knows it, and keeps them connected.
func (w *hostWorld) connect() {
	w.t.Helper()
	for _, f := range w.flows {
		w.running.Go(func() { f.connect(f.from, w.stop, f.meetSender, f.takeAnswer) })
		w.running.Go(func() { f.connect(f.to, w.stop, f.meetReceiver, f.takePacket) })
		w.running.Go(func() { f.answer(w.stop) })
	}
	w.t.Cleanup(w.disconnect)
	w.balances(w.c)
	for id := range w.ports {
		w.c.awaitConnected(w.t, id)
	}
}

func (w *hostWorld) disconnect() {
	select {
	case <-w.stop:
	default:
		close(w.stop)
	}
	w.running.Wait()
}

// load has all flows carry packets, and rest waits until no packet is on its way any more.
func (w *hostWorld) load() {
	for _, f := range w.flows {
		f.load()
	}
}

func (w *hostWorld) rest() {
	w.t.Helper()
	for _, f := range w.flows {
		f.mu.Lock()
		f.resting = true
		f.mu.Unlock()
	}
	for _, f := range w.flows {
		poll(w.t, f.String()+" to be answered", w.c.exited, func() bool {
			f.mu.Lock()
			defer f.mu.Unlock()
			return f.busy == 0
		})
	}
}

// carry waits until each flow has carried so many packets more.
func (w *hostWorld) carry(packets int) {
	w.t.Helper()
	for _, f := range w.flows {
		f.mu.Lock()
		goal := f.fulfilled + packets
		f.mu.Unlock()
		poll(w.t, fmt.Sprintf("%s to carry %d packets", f, packets), w.c.exited, func() bool {
			f.mu.Lock()
			defer f.mu.Unlock()
			return f.fulfilled >= goal
		})
	}
}

// childOf returns the process that another one has started, 0 if there is none. It fails if there are several.
func childOf(t *testing.T, pid int) int {
	t.Helper()
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	var all []int
	for _, name := range lists {
		text, _ := os.ReadFile(name) // the thread may have ended
		for field := range strings.FieldsSeq(string(text)) {
			if id, err := strconv.Atoi(field); err == nil && !isGone(id) {
				all = append(all, id)
			}
		}
	}
	switch len(all) {
	case 0:
		return 0
	case 1:
		return all[0]
	default:
		t.Fatalf("process %d has started %v", pid, all)
		return 0
	}
}

// isGone reports whether there is no process of an id any more, or only what its parent has not read yet.
func isGone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, state, _ := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')')+1:]), " ")
	return strings.HasPrefix(state, "Z") || strings.HasPrefix(state, "X")
}

// awaitNode waits until a process runs that did not run before, and returns its id. While it starts, the connector also
// runs one that says which Node.js it is.
func (w *hostWorld) awaitNode() (pid int) {
	w.t.Helper()
	poll(w.t, "a node host", w.c.exited, func() bool {
		pid = childOf(w.t, w.c.PID())
		return pid != 0 && (len(w.pids) == 0 || pid != w.pids[len(w.pids)-1])
	})
	w.pids = append(w.pids, pid)
	return pid
}

// awaitGone waits until a process has ended.
func awaitGone(t *testing.T, pid int) {
	t.Helper()
	poll(t, fmt.Sprintf("process %d to end", pid), nil, func() bool { return isGone(pid) })
}

// usedBy returns the CPU time that a process has used: the 14th and the 15th field of its stat, in 10 ms.
func usedBy(t *testing.T, pid int) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	must(t, err)
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:])) // from the third on
	user, err := strconv.Atoi(fields[11])
	must(t, err)
	system, err := strconv.Atoi(fields[12])
	must(t, err)
	return time.Duration(user+system) * 10 * time.Millisecond
}

// hostUse is what a connector uses.
type hostUse struct{ goroutines, files, heap int }

var (
	heapText      = regexp.MustCompile(`(?m)^# HeapAlloc = (\d+)$`)
	goroutineText = regexp.MustCompile(`^goroutine profile: total (\d+)\n`)
)

// use returns what the connector uses at rest. What a pool gives up lives on until the second collection.
func (w *hostWorld) use() (u hostUse) {
	w.t.Helper()
	w.figure("heap?debug=1&gc=1", heapText)
	u.heap = w.figure("heap?debug=1&gc=1", heapText)
	u.goroutines = w.figure("goroutine?debug=1", goroutineText)
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", w.c.PID()))
	must(w.t, err)
	u.files = len(files)
	return u
}

func (w *hostWorld) figure(profile string, text *regexp.Regexp) int {
	w.t.Helper()
	response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/debug/pprof/%s", w.profilePort, profile))
	must(w.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(w.t, err)
	found := text.FindSubmatch(body)
	if found == nil {
		w.t.Fatalf("no figure in %.200s", body)
	}
	n, err := strconv.Atoi(string(found[1]))
	must(w.t, err)
	return n
}
