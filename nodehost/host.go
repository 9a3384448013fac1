package nodehost

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/clock"
)

// Options are the options of a Host.
type Options struct {
	// Command is the path of node, and Dir the working directory of the process, empty for ours.
	Command, Dir string
	// Folders are where modules require what they name outside of their own packages, for
	// ilp-compat-plugin. The modules themselves have a Path.
	Folders []string
	// Env is the whole environment of the process.
	Env []string
	// MemoryMax is how many bytes the process may use, 0 for the constant.
	MemoryMax uint64
	// RestartsMax is how often within an hour the process is started again, 0 for the constant. The
	// next start comes when the first of them is an hour old.
	RestartsMax int
	// HangTimeout is how long the process may not answer a heartbeat, 0 for the constant.
	HangTimeout time.Duration
	// Debug has modules log what they log at the levels debug and trace.
	Debug bool
	// Printed takes what a module has logged or printed. It must not block. Nil logs it to Log.
	Printed func(Printed)
	// Ended is told why a process has ended that was not to end, and when the next one starts. It
	// must not block. It may be nil.
	Ended func(why error, next time.Time)
	// Silent is told that the process does not answer, so that its modules take no packets, or that it
	// answers again. It must not block. It may be nil.
	Silent func(silent bool)
	// Started is told that a process has started, and which Node it is. It may be nil.
	Started func(version string)
	Log     *slog.Logger
}

// Defaults of Options.
const (
	MemoryMax   = 1 << 30
	RestartsMax = 60
	HangTimeout = 10 * time.Second
)

const (
	greetTimeout = 20 * time.Second // for the first frame of a process
	endTimeout   = 2 * time.Second  // for a process to end by itself
	beatInterval = time.Second
	// silentAfter is for how long a process may not answer until packets are refused. A module
	// that computes for a moment is not silent yet.
	silentAfter = 3 * time.Second
)

// Host keeps a Node process running, for the objects that were added. Its methods are safe for
// concurrent use.
type Host struct {
	opts Options
	log  *slog.Logger

	handling sync.Mutex // held while frames are handled, and while handlers are called; guards what follows
	objects  map[uint32]*Object
	last     uint32   // number of an object
	session  *session // that has greeted, nil if there is none
	why      error    // there is none
	world    json.RawMessage
	untold   bool         // the process has not been told of world yet
	queue    []*Object    // to be constructed
	building int          // constructions under way
	pumping  bool         // build runs
	stages   StageHandler // nil if there are none
	status   atomic.Pointer[Status]
}

// Status is how a Host is doing, for operators.
type Status struct {
	// Up reports whether a process runs and answers.
	Up bool
	// Version is that of Node, and PID the process, both zero while none runs. Since is when the
	// process started, or the last one ended.
	Version string
	PID     int
	Since   time.Time
	Memory  Memory
	// Modules are the names of the modules, each once, in the order of construction.
	Modules []string
	// Restarts is how often a process was started again.
	Restarts uint64
	// LastError says why the last process has ended, or why it does not answer.
	LastError string
	// NextStart is when the next process starts, zero while one runs, or if none will.
	NextStart time.Time
}

// New returns a Host that starts nothing until Run.
func New(o Options) *Host {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.MemoryMax = cmp.Or(o.MemoryMax, MemoryMax)
	o.RestartsMax = cmp.Or(o.RestartsMax, RestartsMax)
	o.HangTimeout = cmp.Or(o.HangTimeout, HangTimeout)
	h := &Host{opts: o, log: o.Log, objects: make(map[uint32]*Object), why: errNotStarted}
	h.status.Store(&Status{})
	return h
}

// errNotStarted says that no process has run yet.
var errNotStarted = fmt.Errorf("%w: it starts", ErrDown)

// Add constructs a module in each process from now on. The handler is called from then on.
func (h *Host) Add(m Module, handler Handler) *Object {
	h.handling.Lock()
	defer h.handling.Unlock()
	h.last++
	o := newObject(h, h.last, m, handler)
	h.objects[o.number] = o
	if h.session != nil {
		h.construct(h.session, o)
	} else {
		handler.Down(h.why)
	}
	return o
}

// remove ends an object.
func (h *Host) remove(o *Object) {
	h.handling.Lock()
	defer h.handling.Unlock()
	if h.objects[o.number] != o {
		return
	}
	delete(h.objects, o.number)
	if s := h.session; s != nil {
		s.sendJSON(frameEvent, 0, 0, []any{"remove", o.number}, nil)
	}
	o.handler = noHandler{}
	o.packets, o.calls, o.events = nil, nil, nil
	o.down(ErrDown)
}

// noHandler is the handler of an object that was removed.
type noHandler struct{}

func (noHandler) Up(*Object, Constructed) {}
func (noHandler) Down(error)              {}

// Status returns how the host is doing.
func (h *Host) Status() Status {
	status := *h.status.Load()
	h.handling.Lock()
	defer h.handling.Unlock()
	if h.session != nil {
		status.Up = !h.session.silent.Load()
		if m := h.session.memory.Load(); m != nil {
			status.Memory = *m
		}
	}
	for _, o := range h.inOrder() {
		if name := o.module.Name; name != "" && !slices.Contains(status.Modules, name) {
			status.Modules = append(status.Modules, name)
		}
	}
	return status
}

// update changes the status. Only the goroutine of Run and the reader call it, which take turns.
func (h *Host) update(change func(*Status)) {
	status := *h.status.Load()
	change(&status)
	h.status.Store(&status)
}

// construction is what the process is told of a module.
type construction struct {
	Object  uint32          `json:"object"`
	Kind    Kind            `json:"kind"`
	Name    string          `json:"name"`
	Path    string          `json:"path"`
	Account string          `json:"account,omitempty"`
	Options json.RawMessage `json:"options,omitempty"`
	Store   uint32          `json:"store,omitempty"`
}

// buildingMax is how many constructions are under way at most. There may be a chain for each of very
// many accounts, and what waits for the process is bounded.
const buildingMax = 256

// construct has the process of a session construct a module, after those before it. The caller holds
// handling.
func (h *Host) construct(s *session, o *Object) {
	h.queue = append(h.queue, o)
	h.build(s)
}

// build begins constructions, as many as may be under way. The caller holds handling.
func (h *Host) build(s *session) {
	if h.pumping {
		return // a construction has failed at once, and the caller goes on
	}
	h.pumping = true
	for h.building < buildingMax && len(h.queue) > 0 && !s.over() {
		o := h.queue[0]
		h.queue = h.queue[1:]
		if h.objects[o.number] == o { // or it was removed meanwhile
			h.building++
			h.begin(s, o)
		}
	}
	h.pumping = false
}

// begin tells the process of a session to construct a module.
func (h *Host) begin(s *session, o *Object) {
	m := o.module
	c := construction{Object: o.number, Kind: m.Kind, Name: m.Name, Path: m.Path, Account: m.Account, Options: m.Options}
	if m.Store != nil && m.Store.In(h) {
		c.Store = m.Store.number
	}
	s.call(0, func(result json.RawMessage, err error) {
		h.building--
		defer h.build(s)
		if h.objects[o.number] != o {
			return // removed meanwhile
		}
		var made Constructed
		if err == nil {
			err = json.Unmarshal(result, &made)
		}
		if err == nil {
			o.up(s, made)
			h.constructed(s, o)
		} else if !errors.Is(err, ErrLost) {
			h.again(s, o, err)
		}
	}, "construct", c)
}

// greeted takes the first frame of a process, and has it construct the modules.
func (h *Host) greeted(s *session, body []byte) error {
	var hello struct {
		Protocol int    `json:"protocol"`
		Node     string `json:"node"`
	}
	if err := json.Unmarshal(body, &hello); err != nil || hello.Protocol != protocol {
		return fmt.Errorf("%w: it greets with %.100q", errFrame, body)
	}
	if h.session != nil {
		return fmt.Errorf("%w: it greets twice", errFrame)
	}
	h.session, h.why = s, nil
	h.queue, h.building = nil, 0
	h.update(func(status *Status) {
		status.Version, status.Since, status.NextStart = hello.Node, time.Now(), time.Time{}
	})
	if h.opts.Started != nil {
		h.opts.Started(hello.Node)
	}
	h.tellWorld()
	if h.stages != nil {
		h.stages.Began(&Stages{s})
	}
	for _, o := range h.inOrder() {
		h.construct(s, o)
	}
	return nil
}

// SetWorld says what modules are told of the connector: a JSON object with our address and with
// the accounts by their ids, and with hosted, the ids of those whose plugin is constructed in this
// process. Nil says nothing. Each process is told the latest.
func (h *Host) SetWorld(world json.RawMessage) {
	h.handling.Lock()
	defer h.handling.Unlock()
	h.world = world
	h.tellWorld()
}

// tellWorld tells the process of the connector. If too much waits for it, a heartbeat tries again: what
// is told may be large, and only the latest counts.
func (h *Host) tellWorld() {
	if h.session == nil || h.world == nil {
		return
	}
	body, err := json.Marshal([]any{"world", h.world})
	h.untold = err == nil && !h.session.send(frame{frameEvent, 0, 0, body}, nil, false)
}

// inOrder returns the objects in the order of construction.
func (h *Host) inOrder() []*Object {
	all := make([]*Object, 0, len(h.objects))
	for _, o := range h.objects {
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b *Object) int {
		return cmp.Or(cmp.Compare(a.module.Kind.order(), b.module.Kind.order()), cmp.Compare(a.number, b.number))
	})
	return all
}

// Run keeps a process running until ctx ends. It blocks, and is called once.
func (h *Host) Run(ctx context.Context) {
	waits := clock.NewBackoff(clock.Doubling(250*time.Millisecond, time.Minute)...)
	var starts []time.Time // again, within the last hour
	for {
		began := time.Now()
		why := h.runProcess(ctx)
		if ctx.Err() != nil {
			h.lost(fmt.Errorf("%w: the connector stops", ErrDown))
			return
		}
		if time.Since(began) > time.Minute {
			waits.Reset()
		}
		starts = slices.DeleteFunc(starts, func(at time.Time) bool { return time.Since(at) > time.Hour })
		next := time.Now().Add(waits.Next())
		if len(starts) >= h.opts.RestartsMax {
			why = fmt.Errorf("%w (and %d times more within an hour)", why, len(starts))
			next = starts[0].Add(time.Hour)
		}
		starts = append(starts, next)
		h.lost(&endedError{fmt.Errorf("%w: %w", ErrDown, why), next})
		h.tellEnded(why, next)
		timer := time.NewTimer(time.Until(next))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		h.update(func(status *Status) { status.Restarts++ })
	}
}

// lost ends the use of all objects in the session that was.
func (h *Host) lost(why error) {
	h.handling.Lock()
	defer h.handling.Unlock()
	if h.session != nil && h.stages != nil {
		h.stages.Lost()
	}
	h.session, h.why = nil, why
	for _, o := range h.inOrder() {
		o.down(why)
	}
}

// tellEnded records why a process has ended.
func (h *Host) tellEnded(why error, next time.Time) {
	h.update(func(status *Status) {
		*status = Status{Restarts: status.Restarts, LastError: why.Error(), NextStart: next, Since: time.Now()}
	})
	h.log.Error("the node host has ended", "reason", why, "nextStart", next)
	if h.opts.Ended != nil {
		h.opts.Ended(why, next)
	}
}
