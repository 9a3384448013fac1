//go:build linux

package load

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"time"
)

// Options say which clients connect where.
type Options struct {
	Senders, Receivers, Neighbors []Endpoint
	// Clients send and receive. Their indices follow those of Senders, and those of Receivers.
	Clients []Endpoint
	// Address is the ILP address of the process under test.
	Address string
	// Divisor is the number of units of a sender in one unit of a receiver.
	Divisor uint64
	// Prices, if not nil, convert the amounts of Senders instead of Divisor. They are for one load.
	Prices *Prices
}

// answerPatience is how long the last answers may take. Lost packets have expired by then.
const answerPatience = lifetime + 5*time.Second

// Load is the clients of one process. It is not safe for concurrent use.
type Load struct {
	opts      Options
	poll      *poller
	clients   []*client
	senders   []*sender
	receivers []*receiver
	neighbors []*Neighbor
	acceptors []*acceptor
	vacant    []int // indices of clients that the process has closed

	fulfill, fulfillHTTP *answerTemplate

	patience time.Duration // how long the last answers of a run may take

	run   uint64
	began time.Time // when the clock was 0
	now   int64     // ns, when clock was called last

	expiryText  [expiryBytes]byte
	expirySince int64

	// The state of a run or probe.
	targets  []Target
	want     Outcome
	window   int
	limit    int64 // of packets to send, 0 for none
	phases   []Measure
	phase    int16
	stopping bool
	probe    *probe
	inFlight int
	sent     int64
	arrived  int64
	done     int64
}

// Dial connects all clients, one after the other. It tries each until ctx ends, as the process may
// still be starting.
func Dial(ctx context.Context, opts Options) (*Load, error) {
	poll, err := newPoller()
	if err != nil {
		return nil, err
	}
	l := &Load{
		opts: opts, poll: poll, fulfill: newFulfillTemplate(true), fulfillHTTP: newFulfillTemplate(false),
		patience: answerPatience, run: rand.Uint64(), began: time.Now(), expirySince: -1,
	}
	if opts.Prices != nil {
		opts.Prices.latest = make([]conversion, len(opts.Senders))
	}
	if err := l.dialAll(ctx); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// dialAll connects all clients. The receivers over HTTP listen first, as the process may look for them as
// soon as it starts.
func (l *Load) dialAll(ctx context.Context) (err error) {
	for i, e := range l.opts.Receivers {
		if e.isHTTP() {
			if err := l.openAccepting(fmt.Sprintf("receiver %d", i), e, i); err != nil {
				return err
			}
		}
	}
	for i, e := range l.opts.Senders {
		s := &sender{load: l, request: e.request()}
		if s.client, err = l.connect(ctx, fmt.Sprintf("sender %d", i), e, s); err != nil {
			return err
		}
		l.senders = append(l.senders, s)
	}
	for i, e := range l.opts.Receivers {
		r := l.newReceiver(i, e.isHTTP())
		if !r.isHTTP {
			if r.client, err = l.connect(ctx, fmt.Sprintf("receiver %d", i), e, r); err != nil {
				return err
			}
		}
		l.receivers = append(l.receivers, r)
	}
	for i, e := range l.opts.Clients {
		if err := l.connectBoth(ctx, fmt.Sprintf("client %d", i), e); err != nil {
			return err
		}
	}
	for i, e := range l.opts.Neighbors {
		n := &Neighbor{receiver: *l.newReceiver(len(l.receivers)+i, false)}
		if n.client, err = l.connect(ctx, fmt.Sprintf("neighbor %d", i), e, n); err != nil {
			return err
		}
		l.neighbors = append(l.neighbors, n)
	}
	return nil
}

func (l *Load) newReceiver(i int, isHTTP bool) *receiver {
	r := &receiver{load: l, expect: arrival{run: l.run, receiver: i, divisor: l.opts.Divisor, prices: l.opts.Prices}}
	r.isHTTP, r.fulfill = isHTTP, l.fulfill
	if isHTTP {
		r.fulfill = l.fulfillHTTP
	}
	return r
}

// connect dials, and makes the poller watch the socket. The first event handles what was read
// behind the handshake.
func (l *Load) connect(ctx context.Context, name string, e Endpoint, act actor) (*client, error) {
	return l.connectSized(ctx, name, e, act, readBytes)
}

// connectSized connects a client with a read buffer of a size, which grows for larger frames.
func (l *Load) connectSized(ctx context.Context, name string, e Endpoint, act actor, size int) (*client, error) {
	fd, leftover, err := dialUntil(ctx, e)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	c := &client{name: name, index: len(l.clients), fd: fd, poll: l.poll, act: act, isHTTP: e.isHTTP()}
	c.in = make([]byte, max(size, len(leftover)))
	c.end = copy(c.in, leftover)
	c.joined.PayloadMax = payloadMax
	l.clients = append(l.clients, c)
	return c, l.poll.add(fd, c.index)
}

// Neighbor returns a neighbor by its index.
func (l *Load) Neighbor(i int) *Neighbor { return l.neighbors[i] }

// Close closes the connections.
func (l *Load) Close() {
	for _, c := range l.clients {
		c.close()
	}
	for _, d := range l.acceptors {
		_ = syscall.Close(d.fd)
	}
	_ = l.poll.close()
}

// turn waits for events, for timeout at most, and handles all of them.
func (l *Load) turn(timeout time.Duration) error {
	events, err := l.poll.wait(timeout)
	if err != nil {
		return err
	}
	l.clock()
	for _, e := range events {
		switch {
		case e.Fd == ticked:
			l.poll.tick()
			continue
		case e.Fd < ticked:
			if err := l.acceptors[firstAccepting-e.Fd].accept(); err != nil {
				return err
			}
			continue
		case e.Events&syscall.EPOLLOUT != 0:
			err = l.clients[e.Fd].writable()
		}
		if err == nil && e.Events&^syscall.EPOLLOUT != 0 {
			err = l.clients[e.Fd].readable(l.clock)
		}
		if err != nil {
			return err
		}
	}
	l.clock()
	return nil
}

// await handles events until done returns true. It fails when that takes longer than patience.
func (l *Load) await(ctx context.Context, patience time.Duration, what string, done func() bool) error {
	deadline := l.clock() + int64(patience)
	for !done() {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case l.now > deadline:
			return fmt.Errorf("waited %v for %s: %w", patience, what, errPatience)
		}
		if err := l.turn(time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

var errPatience = errors.New("it did not happen")

// clock reads the clock into now, and returns it.
func (l *Load) clock() int64 {
	l.now = int64(time.Since(l.began))
	return l.now
}

// wall returns the wall time at now, in Unix ms.
func (l *Load) wall() int64 { return l.began.UnixMilli() + l.now/int64(time.Millisecond) }

// expiry returns the expiry of a packet sent now, as text. It is renewed every 20 ms, as formatting
// it costs as much as sending a packet.
func (l *Load) expiry() *[expiryBytes]byte {
	const renewal = int64(20 * time.Millisecond)
	if l.expirySince < 0 || l.now-l.expirySince > renewal {
		l.expirySince = l.now
		at := time.UnixMilli(l.wall()).Add(lifetime).UTC()
		copy(l.expiryText[:], strings.Replace(at.Format("20060102150405.000"), ".", "", 1))
	}
	return &l.expiryText
}
