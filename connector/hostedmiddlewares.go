package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/nodehost"
	"github.com/ilp-go/connector/nodehost/chain"
	"github.com/ilp-go/connector/nodehost/module"
)

// hostedMiddlewares are the middlewares of the configuration that are hosted. They run in one process,
// since each sees what the ones before it have inserted. The process has a Chain, and each account has a
// chain object there: what they have put into its pipelines.
type hostedMiddlewares struct {
	connector *Connector
	host      *nodehost.Host
	names     []string // of the middlewares, in order
	numbers   []uint32 // of their objects
	accounts  *chain.Accounts
	chain     atomic.Pointer[running] // nil while no process runs
	working   sync.WaitGroup

	mu      sync.Mutex
	objects map[string]*nodehost.Object // chain objects by account
	trouble middlewareTrouble
	runs    map[uint64]func(value string) error
	run     uint64
}

// running is the Chain of the present process.
type running struct {
	*chain.Chain
	stop context.CancelFunc
}

// hostMiddleware adds a hosted middleware, behind those that were added before.
func (c *Connector) hostMiddleware(m config.Middleware, found module.Found) error {
	options, err := json.Marshal(m.Options)
	if err != nil {
		return fmt.Errorf("middlewares.%s.options: %w", m.Name, err)
	}
	h := c.middlewares
	if h == nil {
		h = &hostedMiddlewares{
			connector: c, host: c.nodes.ofGroup(found, middlewareGroup), accounts: chain.NewAccounts(m.Name),
			objects: make(map[string]*nodehost.Object), runs: make(map[uint64]func(string) error),
		}
		h.host.SetStages(h)
		c.nodes.show(h.host)
		c.middlewares = h
	}
	o := h.host.Add(nodehost.Module{Kind: nodehost.Middleware, Name: m.Name, Path: found.Path, Options: options}, &hostedMiddleware{connector: c, name: m.Name})
	h.names, h.numbers = append(h.names, m.Name), append(h.numbers, o.Number())
	return nil
}

// places is the middleware.PlaceFactory of a connector with hosted middlewares. It has them applied
// to the account.
func (h *hostedMiddlewares) places(a *account.Account, places []middleware.Place) []engine.Middleware {
	stand := h.accounts.Places(a, places)
	of := h.accounts.Of(a.ID)
	builtin := make(map[string][]middleware.Name)
	for p := range chain.Pipelines {
		builtin[p.String()] = append([]middleware.Name{}, of.Builtin(p)...)
	}
	options, err := json.Marshal(map[string]any{"builtin": builtin, "middlewares": h.numbers})
	if err != nil {
		panic("connector: texts cannot be JSON: " + err.Error())
	}
	h.remove(a.ID)
	o := h.host.Add(nodehost.Module{Kind: nodehost.Chain, Name: strings.Join(h.names, ", "), Account: a.ID, Options: options}, &arrangement{hostedMiddlewares: h, id: a.ID})
	h.mu.Lock()
	defer h.mu.Unlock()
	h.objects[a.ID] = o
	return stand
}

// remove ends what the middlewares have for an account.
func (h *hostedMiddlewares) remove(id string) {
	if h == nil {
		return
	}
	h.mu.Lock()
	o := h.objects[id]
	delete(h.objects, id)
	h.mu.Unlock()
	if o != nil {
		o.Remove()
		h.mend(id)
	}
}

// forget ends the same for an account that is gone.
func (h *hostedMiddlewares) forget(id string) {
	if h != nil {
		h.remove(id)
		h.accounts.Remove(id)
	}
}

// Began makes the Chain of a new process.
func (h *hostedMiddlewares) Began(s *nodehost.Stages) {
	ctx, stop := context.WithCancel(context.Background())
	ch := chain.New(s)
	h.chain.Store(&running{ch, stop})
	h.working.Go(func() { ch.Run(ctx) })
}

// Silent refuses the packets that come while the process does not answer.
func (h *hostedMiddlewares) Silent(silent bool) {
	h.mu.Lock()
	h.trouble.silent = silent
	h.mu.Unlock()
	if r := h.chain.Load(); r != nil {
		r.Silent(silent)
	}
}

// Lost ends the Chain.
func (h *hostedMiddlewares) Lost() {
	h.mu.Lock()
	h.trouble.silent = false
	h.mu.Unlock()
	if r := h.chain.Swap(nil); r != nil {
		r.Lost()
		r.stop()
	}
}

// Next takes a packet from a stage that passes it on.
func (h *hostedMiddlewares) Next(id uint32, packet []byte, batch *ilp.ReadBatch) {
	if r := h.chain.Load(); r != nil {
		r.Next(id, packet, batch)
	}
}

// Answer takes the answer of a stage.
func (h *hostedMiddlewares) Answer(id uint32, reply []byte, batch *ilp.ReadBatch) {
	if r := h.chain.Load(); r != nil {
		r.Answer(id, reply, batch)
	}
}

// Fail takes the error of a stage.
func (h *hostedMiddlewares) Fail(id uint32, failed *nodehost.Error, batch *ilp.ReadBatch) {
	if r := h.chain.Load(); r != nil {
		code, _ := ilp.ParseCode(failed.Code)
		r.Fail(id, ilp.Failure{Code: code, Message: failed.Message, Data: failed.Data, Name: failed.Name}, batch)
	}
}

// arrangement is the handler of an account's chain object.
type arrangement struct {
	*hostedMiddlewares
	id   string
	said string // why they could not be applied the last time
}

// Up puts the stages of the account where the middlewares have inserted them. It may be called before
// places has the object.
func (a *arrangement) Up(o *nodehost.Object, made nodehost.Constructed) {
	c := a.connector
	a.mu.Lock()
	a.objects[a.id] = o
	a.mu.Unlock()
	ins, err := a.insertions(made)
	if err == nil {
		err = a.accounts.Of(a.id).Arrange(ins)
	}
	if err != nil {
		a.Down(err)
		return
	}
	a.said = ""
	a.applied(a.id)
	a.working.Go(func() {
		select {
		case <-c.life.await(connected):
			a.all(c.life.serving, a.id, chain.Startup)
		case <-c.life.serving.Done():
		}
	})
}

// Down refuses the packets of the account until the middlewares are there again.
func (a *arrangement) Down(why error) {
	again := a.said == why.Error() // it is tried again and again
	a.said = why.Error()
	if nodehost.IsDown(why) {
		a.accounts.Of(a.id).Absent(a.names[0])
		a.mend(a.id)
		return
	}
	culprit := a.culprit(why)
	a.accounts.Of(a.id).Absent(culprit)
	if a.unapplied(a.id, culprit, why) && !again {
		a.connector.log.Error("a hosted middleware could not be applied", "middleware", culprit, "account", a.id, "error", why)
	}
}

// insertions returns what stands in the pipelines, as the process says it.
func (a *arrangement) insertions(made nodehost.Constructed) (ins chain.Insertions, err error) {
	r := a.chain.Load()
	if r == nil {
		return ins, nodehost.ErrDown
	}
	for p := range chain.Pipelines {
		for _, place := range made.Places[p.String()] {
			var stage struct {
				Stage uint32 `json:"stage"`
				Name  string `json:"name"`
			}
			var e chain.Entry
			if json.Unmarshal(place, &e.Name) != nil {
				if err := json.Unmarshal(place, &stage); err != nil {
					return ins, fmt.Errorf("pipeline %s: %w", p, err)
				}
				e.Stage = r.Stage(stage.Stage, stage.Name)
			}
			ins[p] = append(ins[p], e)
		}
	}
	return ins, nil
}

// Call takes the call of next by a stage that is run.
func (a *arrangement) Call(method string, args []json.RawMessage, answer func(result any, err error)) {
	var run uint64
	var value *string
	if method != "next" || len(args) != 2 || json.Unmarshal(args[0], &run) != nil || json.Unmarshal(args[1], &value) != nil {
		answer(nil, &nodehost.Error{Name: "Error", Message: "unknown method " + method})
		return
	}
	a.mu.Lock()
	next := a.runs[run]
	delete(a.runs, run)
	a.mu.Unlock()
	if next == nil {
		answer(nil, &nodehost.Error{Name: "Error", Message: "next() came too late"})
		return
	}
	said := ""
	if value != nil {
		said = *value
	}
	a.working.Go(func() { answer(nil, next(said)) })
}

// all runs the stages of startup or teardown of an account.
func (h *hostedMiddlewares) all(ctx context.Context, id string, p chain.Pipeline) {
	ctx, cancel := context.WithTimeout(ctx, stagesTimeout)
	defer cancel()
	if err := h.through(ctx, id, p, "", func() error { return nil }); err != nil && ctx.Err() == nil && !nodehost.IsDown(err) {
		h.connector.log.Warn("a hosted middleware has failed", "account", id, "pipeline", p.String(), "error", err)
	}
}

// stagesTimeout is how long all stages of startup or teardown of one account may take.
const stagesTimeout = 10 * time.Second

// errAmountChanged refuses money whose amount a middleware wants to change.
var errAmountChanged = errors.New("a middleware has changed the amount, which must stay as it is")

// through runs the stages of a pipeline that carries no packets, and last behind them. value is the
// amount, or empty. Whatever a stage does once last has succeeded, through succeeds: money has moved.
func (h *hostedMiddlewares) through(ctx context.Context, id string, p chain.Pipeline, value string, last func() error) error {
	if h == nil {
		return last()
	}
	entries, there := h.accounts.Of(id).Stages(p)
	if !there {
		return fmt.Errorf("%w: middleware %s is not there", nodehost.ErrDown, h.names[0])
	}
	h.mu.Lock()
	o := h.objects[id]
	h.mu.Unlock()
	// Either the last step begins, or through gives up: never both.
	var over atomic.Bool
	done := make(chan error, 1)
	finish := func() error {
		if !over.CompareAndSwap(false, true) {
			return errTooLate
		}
		err := last()
		done <- err
		return err
	}
	step := finish
	for i := len(entries) - 1; i >= 0; i-- {
		if s := entries[i].Stage; s != nil {
			step = h.stage(ctx, o, s.Number(), value, step)
		}
	}
	err := step()
	if over.CompareAndSwap(false, true) {
		return cmpError(err, errNotPassed)
	}
	return <-done
}

// errTooLate says that a middleware has called next when nobody waited for it any more.
var errTooLate = errors.New("next() came too late")

// errNotPassed says that a middleware has not called next.
var errNotPassed = errors.New("a middleware has not passed it on")

func cmpError(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// stage returns what runs one stage, and next behind it. A stage may fail while next is under way, and money
// moves all the same: so it returns when next has.
func (h *hostedMiddlewares) stage(ctx context.Context, o *nodehost.Object, number uint32, value string, next func() error) func() error {
	return func() error {
		if o == nil { // the account is being removed, or its chains are made anew
			return fmt.Errorf("%w: the account has no middlewares now", nodehost.ErrDown)
		}
		over := make(chan struct{})
		h.mu.Lock()
		h.run++
		run := h.run
		h.runs[run] = func(said string) error {
			defer close(over)
			if said != value {
				return errAmountChanged
			}
			return next()
		}
		h.mu.Unlock()
		var given any
		if value != "" {
			given = value
		}
		_, err := o.Call(ctx, "run", nodehost.StageNumber(number), given, run)
		h.mu.Lock()
		called := h.runs[run] == nil
		delete(h.runs, run)
		h.mu.Unlock()
		if called {
			<-over
		}
		return err
	}
}

// teardown runs the stages of teardown of all accounts, and ends.
func (h *hostedMiddlewares) teardown() {
	if h == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), stagesTimeout)
	defer cancel()
	var all sync.WaitGroup
	for _, id := range h.accounts.All() {
		all.Go(func() { h.all(ctx, id, chain.Teardown) })
	}
	all.Wait()
}

// wait waits until everything that was begun for the middlewares has ended. Their process has.
func (h *hostedMiddlewares) wait() {
	if h != nil {
		h.Lost()
		h.working.Wait()
	}
}

// hostedMiddleware is the handler of a middleware's own object.
type hostedMiddleware struct {
	connector *Connector
	name      string
	refused   clock.Limiter // of lines in the log about its stats
}

// Up says that the middleware was constructed. It is applied to the accounts by their chain objects.
func (m *hostedMiddleware) Up(*nodehost.Object, nodehost.Constructed) {
	m.connector.middlewares.made(m.name, nil)
	m.connector.alerts.Resolve(time.Now(), "", kindMiddleware+" "+m.name)
}

// Down raises an alert if the middleware could not be constructed.
func (m *hostedMiddleware) Down(why error) {
	if nodehost.IsDown(why) {
		return
	}
	why = constructError(why)
	m.connector.middlewares.made(m.name, why)
	m.connector.log.Error("the hosted middleware cannot be used", "middleware", m.name, "error", why)
	m.connector.alerts.RaiseKind(time.Now(), "", kindMiddleware+" "+m.name, fmt.Sprintf(alertMiddlewareMade, m.name, why))
}

// Call takes what the middleware calls: sendData of its api. Money is sent by settlements alone.
func (m *hostedMiddleware) Call(method string, args []json.RawMessage, answer func(result any, err error)) {
	var id string
	if len(args) == 2 {
		_ = json.Unmarshal(args[1], &id)
	}
	to := m.connector.member(id)
	switch {
	case method == "sendMoney":
		answer(nil, &nodehost.Error{Name: "Error", Message: "a middleware cannot send money here: the balance of the account decides what is settled"})
	case to == nil:
		answer(nil, &nodehost.Error{Name: "UnreachableError", Code: "F02", Message: "tried to send data to non-existent account. accountId=" + id})
	default:
		var packet []byte
		err := json.Unmarshal(args[0], &packet)
		prepare, fault := ilp.ParsePrepare(packet)
		if err = cmpError(err, fault); err != nil {
			answer(nil, &nodehost.Error{Name: "Error", Message: err.Error()})
			return
		}
		m.connector.engine.OriginateTo(to.now().port, ilp.ReplyFunc(func(reply ilp.Reply) {
			answer(answered(reply, m.connector.Address()))
		}), prepare)
	}
}

// answered returns the answer to a packet as sendData of a middleware resolves or rejects it: with an
// error if we have refused the packet ourselves.
func answered(reply ilp.Reply, own string) (result any, err error) {
	switch {
	case reply.Failed():
		f := reply.Failure()
		return nil, &nodehost.Error{Name: f.Code.ClassName(), Message: f.Message, Code: f.Code.String(), Data: f.Data}
	case !reply.Fulfilled() && string(reply.TriggeredBy()) == own:
		code := reply.Code()
		return nil, &nodehost.Error{Name: code.ClassName(), Message: string(reply.Message()), Code: code.String(), Data: slices.Clone(reply.Data())}
	}
	return reply.Bytes(), nil // as base64
}

var (
	_ nodehost.StageHandler = (*hostedMiddlewares)(nil)
	_ nodehost.CallHandler  = (*arrangement)(nil)
	_ nodehost.CallHandler  = (*hostedMiddleware)(nil)
	_ nodehost.EventHandler = (*hostedMiddleware)(nil)
	_ chain.Carrier         = (*nodehost.Stages)(nil)
)
