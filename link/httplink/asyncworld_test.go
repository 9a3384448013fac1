package httplink_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
	"github.com/ilp-go/connector/ledger"
	"github.com/ilp-go/connector/link/httplink"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/memory"
)

// step is a moment in the way of a packet of which the answer is a request of its own.
type step int

// The steps, in the order in which they come.
const (
	requestComes  step = iota // at the receiver
	acceptedGoes              // the response to it, 202
	answerWrites              // the receiver books the Fulfill
	answerWritten             //
	answerComes               // at the sender
	countWrites               // the sender books the Fulfill
	countWritten              //
	resultGoes                // the response to the answer
	removeWrites              // the receiver removes its record
	removeWritten             //
	steps
)

func (s step) String() string {
	return [...]string{"request comes", "202 goes", "answer is written", "answer was written", "answer comes", "count is written",
		"count was written", "result goes", "record is removed", "record was removed"}[s]
}

// network says whether the step is one of a message.
func (s step) network() bool {
	return s == requestComes || s == acceptedGoes || s == answerComes || s == resultGoes
}

// fault is what happens at a step, the first time that it comes.
type fault int

const (
	lose fault = iota
	double
	killSender
	killReceiver
	killBoth
	faults
)

func (f fault) String() string {
	return [...]string{"lost", "doubled", "sender is killed", "receiver is killed", "both are killed"}[f]
}

// pair is a sender and a receiver over a network with faults. Each is killed and started again with
// what its store has.
type pair struct {
	t    testing.TB
	url  string
	plan map[step]fault

	mu               sync.Mutex
	sender, receiver *side
	number           int
	dead             sync.WaitGroup // of those that were killed
}

// side is one life of a sender or a receiver.
type side struct {
	pair   *pair
	number int
	sends  bool
	killed atomic.Bool
	node   *enginetest.Node
	ledger *ledger.Ledger
	link   *httplink.Link
	store  *memory.Store // that of all its lives
	taken  atomic.Int64  // bookings that were taken back
	stop   func()
}

func newPair(t testing.TB, plan map[step]fault) *pair {
	p := &pair{t: t, plan: plan}
	s := httptest.NewServer(p)
	p.url = s.URL
	t.Cleanup(func() {
		p.mu.Lock()
		p.plan = nil // nobody is killed any more
		sender, receiver := p.sender, p.receiver
		p.mu.Unlock()
		s.CloseClientConnections()
		sender.stop()
		receiver.stop()
		p.dead.Wait()
		s.Close()
	})
	quiet := slog.New(slog.DiscardHandler)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sender = p.startLocked(true, memory.New(quiet))
	p.receiver = p.startLocked(false, memory.New(quiet))
	return p
}

// startLocked starts a new life.
func (p *pair) startLocked(sends bool, kept *memory.Store) *side {
	p.number++
	s := &side{pair: p, number: p.number, sends: sends, store: kept}
	s.node = enginetest.New(func(c *enginetest.Config) {
		c.Settings = engine.Settings{MinMessageWindow: 50, MaxHoldTime: 30000, ReflectPayments: true}
		s.ledger = ledger.New(ledger.Options{Find: func(id string) *account.Account { return s.node.Registry.Find(id) }, Failed: func(error) {}, Stall: time.Minute})
		c.Ledger = s.ledger
	})
	if _, err := s.ledger.Open(s); err != nil {
		p.t.Fatal(err)
	}
	path := "/to-sender"
	if sends {
		path = "/to-receiver"
	}
	o := httplink.Options{
		Authorize: authorize,
		Outgoing:  to(p.t, fmt.Sprintf("%s%s?life=%d", p.url, path, s.number)),
		Async: &httplink.Async{
			AccountID: "peer", CallbackURL: p.url + "/to-sender", Hosts: []string{"127.0.0.1"}, Books: s.ledger,
			TakeBack: func(amount uint64, _ string, changes store.Batch) error {
				diff, _ := balance.FromUint64(amount).Neg()
				err := s.ledger.Adjust("peer", diff, func(_, _ balance.Amount) store.Batch { return changes })
				if err == nil {
					s.taken.Add(1)
				}
				return err
			},
		},
	}
	s.link = httplink.New(o)
	port := func(id string, link engine.Link) {
		a := s.node.Add(p.t, id, link)
		if err := s.ledger.Attach(a); err != nil {
			p.t.Fatal(err)
		}
		s.node.Attach(a, link)
	}
	port("peer", s.link)
	other := ilptest.NewLink()
	if !sends {
		other = ilptest.Fulfilling()
	}
	port("other", other)
	s.node.Route("test.us.far", map[bool]string{true: "peer", false: "other"}[sends])
	s.ledger.Start()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { s.ledger.Run(ctx) })
	running.Go(func() { s.node.Engine.Run(ctx) })
	linkCtx, cancelLink := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.link.Run(linkCtx, s.node.Ports["peer"], nil)
	}()
	s.stop = sync.OnceFunc(func() {
		cancelLink()
		<-ended
		cancel()
		running.Wait()
	})
	return s
}

// killLocked ends a life, as kill -9 does: nothing that it does from now on is seen. Then the next
// one begins.
func (p *pair) killLocked(sender, receiver bool) {
	end := func(s *side) *side {
		s.killed.Store(true)
		p.dead.Go(s.stop)
		return p.startLocked(s.sends, s.store)
	}
	if sender {
		p.sender = end(p.sender)
	}
	if receiver {
		p.receiver = end(p.receiver)
	}
}

// at is called at a step. It returns the fault that happens there.
func (p *pair) at(s step) (f fault, happens bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, happens = p.plan[s]
	delete(p.plan, s)
	if happens && f >= killSender {
		p.killLocked(f != killReceiver, f != killSender)
	}
	return f, happens
}

// alive returns the side that a request goes to, nil if the one that made it is dead.
func (p *pair) alive(r *http.Request) (to *side, toReceiver bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	life := r.URL.Query().Get("life")
	switch r.URL.Path {
	case "/to-receiver":
		if life != fmt.Sprint(p.sender.number) {
			return nil, false
		}
		return p.receiver, true
	case "/to-sender":
		return p.sender, false
	}
	return nil, false
}

// ServeHTTP is the network.
func (p *pair) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	to, toReceiver := p.alive(r)
	if to == nil {
		panic(http.ErrAbortHandler)
	}
	if r.Method != http.MethodPost {
		to.link.ServeHTTP(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	comes, goes := answerComes, resultGoes
	if toReceiver {
		comes, goes = requestComes, acceptedGoes
	}
	f, happens := p.at(comes)
	if happens && f != double {
		panic(http.ErrAbortHandler)
	}
	ask := func() *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		again := r.Clone(r.Context())
		again.Body = io.NopCloser(strings.NewReader(string(body)))
		to.link.ServeHTTP(w, again)
		return w
	}
	if happens {
		done := make(chan struct{})
		go func() {
			defer close(done)
			ask()
		}()
		defer func() { <-done }()
	}
	response := ask()
	if to.killed.Load() {
		panic(http.ErrAbortHandler)
	}
	if f, happens := p.at(goes); happens && f != double {
		panic(http.ErrAbortHandler)
	}
	for name, values := range response.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(response.Code)
	_, _ = w.Write(response.Body.Bytes())
}

var errKilled = errors.New("killed")

// Apply writes what a life writes while it lasts.
func (s *side) Apply(batch store.Batch) error {
	before, after := steps, steps
	for _, c := range batch {
		switch {
		case strings.HasPrefix(c.Key, "counted/") && c.Value != nil:
			before, after = countWrites, countWritten
		case strings.HasPrefix(c.Key, "answers/") && c.Value != nil:
			before, after = answerWrites, answerWritten
		case strings.HasPrefix(c.Key, "answers/"):
			before, after = removeWrites, removeWritten
		}
	}
	s.pair.at(before)
	if s.killed.Load() {
		return errKilled
	}
	err := s.store.Apply(batch)
	s.pair.at(after)
	if s.killed.Load() {
		return errKilled
	}
	return err
}

func (s *side) Load(prefix string, visit func(string, []byte) error) error {
	return s.store.Load(prefix, visit)
}

func (s *side) Close() error { return nil }

// posted returns what the store of a side says of the peer.
func (s *side) posted() (amount string) {
	amount = "0"
	_ = s.store.Load("balances/peer", func(_ string, value []byte) error {
		amount, _, _ = strings.Cut(string(value), " ")
		return nil
	})
	return amount
}

// records returns how many records with a prefix the store of a side has.
func (s *side) records(prefix string) (n int) {
	_ = s.store.Load(prefix, func(string, []byte) error {
		n++
		return nil
	})
	return n
}

// send sends a packet through the life of the sender that there is.
func (p *pair) send(amount uint64, time time.Duration) *ilptest.Recorder {
	p.mu.Lock()
	s := p.sender
	p.mu.Unlock()
	return s.node.Start("other", ilptest.Prepare("test.us.far", amount, ilptest.ExpiresIn(time), ilptest.Data(fmt.Append(nil, amount))))
}

var _ store.Store = (*side)(nil)
