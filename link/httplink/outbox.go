package httplink

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/uuid"
)

// answerPrefix begins the keys of Fulfills that are booked and that the peer has to be told. The
// id of the account and the Request-Id follow. A value is the amount that was booked, the expiry
// in Unix milliseconds, the callback URL, the scale and asset code of the amount, and after a line break
// the Fulfill:
//
//	answers/alice/0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0  ->  100 1796000000000 https://alice.example/reply 9 USD
const answerPrefix = "answers/"

// Times and bounds of the delivery of answers.
const (
	// deliverTime is how long a Fulfill that is booked is delivered again, from its packet's
	// expiry on. Other answers are dropped at the expiry.
	deliverTime = 15 * time.Minute
	// deliverAsk is how long a peer may take to respond.
	deliverAsk                  = 10 * time.Second
	deliverFirst, deliverLater  = 100 * time.Millisecond, 30 * time.Second
	deliverersMax               = 64 // requests at a time
	answersMax, answersBytesMax = 1 << 14, 64 << 20
	// requestsMax is how many requests we remember, so that none is forwarded twice: until requestTime
	// after their packets have expired.
	requestsMax = 1 << 20
	requestTime = 10 * time.Second
	// expiryMax is the latest expiry of a packet that counts here, from its arrival on. Senders choose
	// it, and the engine holds no packet for so long.
	expiryMax = 10 * time.Minute
)

// outbox are the answers that go to the peer as requests of our own. A link that takes the place of
// another one has the same, and delivers what that one has not.
type outbox struct {
	mu         sync.Mutex
	link       *Link // that delivers
	read       bool  // the records were read
	seen       map[uuid.UUID]request
	answers    int          // packets that came, and whose answer is not delivered
	unanswered int          // of these, packets without an answer
	bytes      int          // of those answers
	queue      []*answering // to be delivered now
	waiting    map[*answering]*time.Timer
	workers    int
	closed     bool          // no link delivers
	reported   int           // answers that are an alert
	gone       store.Batch   // records of delivered answers, to be removed
	wake       chan struct{} // there is something in gone
}

func newOutbox() *outbox {
	return &outbox{seen: make(map[uuid.UUID]request), waiting: make(map[*answering]*time.Timer), closed: true, wake: make(chan struct{}, 1)}
}

// answering is a packet whose answer is a request of our own. It waits for the answer, and then it
// is the answer.
type answering struct {
	box      *outbox
	account  string
	id       uuid.UUID
	url      *url.URL
	amount   uint64
	unit     string    // Async.Unit when the packet came
	expiry   int64     // Unix milliseconds
	end      int64     // the same in steady time
	booked   bool      // it is a Fulfill that has moved money
	recorded bool      // and the store knows that it has to be delivered
	body     []byte    // the answer
	asked    bool      // the peer may have it
	void     bool      // the peer does not count it, and it is to be taken back
	since    time.Time // it could not be delivered; zero if it was not tried
	reported bool
	counted  bool // among those that are reported
	backoff  *clock.Backoff
}

// serveLater takes a packet whose answer is a request of our own. The response is 202.
func (l *Link) serveLater(w http.ResponseWriter, r *http.Request, x *exchange, id uuid.UUID, handler ilp.Handler) error {
	to, err := l.opts.Async.callbackOf(r.Header)
	if err == nil && to.Scheme != "https" && l.opts.Outgoing.URL.Scheme == "https" {
		err = fmt.Errorf("%w: it is http, which would show our token to others, and outgoing.url is https", errCallback)
	}
	if err != nil {
		return err
	}
	x.batch.Begin(clock.Now())
	prepare, fault := ilp.ParsePrepare(x.in)
	if fault != nil {
		prepare = ilp.Malformed(fault, &x.batch)
	}
	prepare.Batch = &x.batch
	own := l.opts.Async
	a := &answering{box: l.outbox, account: own.AccountID, id: id, url: to, amount: prepare.Amount(), unit: own.Unit}
	a.expiry = min(prepare.Expiry(), x.batch.Time().Millis()+expiryMax.Milliseconds())
	a.end = x.batch.Time().Deadline(a.expiry)
	fresh, room := l.outbox.enter(a, x.batch.Time().Steady)
	if !room {
		return errFull
	}
	if fresh {
		handler.HandlePrepare(a, prepare)
	}
	x.batch.EndGuarded(l.panicked)
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// enter enters a packet. It reports whether that is the first time, and whether there is room for
// its answer.
func (o *outbox) enter(a *answering, now int64) (fresh, room bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, known := o.seen[a.id]; known {
		return false, true
	}
	if o.closed || o.unanswered >= servingMax || o.answers >= answersMax || o.bytes >= answersBytesMax || len(o.seen) >= requestsMax {
		return false, false
	}
	o.seen[a.id] = request{until: remembered(a.end, now)}
	o.answers++
	o.unanswered++
	return true, true
}

// Changes returns the record that the Fulfill has to be delivered, as a ledger.Recorder does.
func (a *answering) Changes(fulfill *ilp.Reply) store.Batch {
	a.recorded = true
	value := strconv.AppendUint(nil, a.amount, 10)
	value = strconv.AppendInt(append(value, ' '), a.expiry, 10)
	value = append(append(value, ' '), a.url.String()...)
	value = append(append(value, ' '), a.unit...)
	value = append(append(value, '\n'), fulfill.Bytes()...)
	return store.Batch{{Key: a.key(), Value: value}}
}

func (a *answering) key() string {
	return answerPrefix + a.account + "/" + a.id.String()
}

// parseAnswer reads what Changes writes.
func parseAnswer(key string, value []byte) (*answering, error) {
	_, text, _ := cutLast(strings.TrimPrefix(key, answerPrefix))
	id, ok := uuid.Parse(text)
	head, body, ok2 := bytes.Cut(value, []byte("\n"))
	fields := strings.SplitN(string(head), " ", 4)
	if !ok || !ok2 || len(fields) != 4 {
		return nil, brokenAnswer(key, value)
	}
	amount, err := strconv.ParseUint(fields[0], 10, 64)
	expiry, err2 := strconv.ParseInt(fields[1], 10, 64)
	to, err3 := url.Parse(fields[2])
	reply, err4 := ilp.ParseReply(body)
	if err != nil || err2 != nil || err3 != nil || err4 != nil || !reply.Fulfilled() {
		return nil, brokenAnswer(key, value)
	}
	return &answering{
		id: id, url: to, amount: amount, unit: fields[3], expiry: expiry,
		body: bytes.Clone(body), booked: true, recorded: true, asked: true,
	}, nil
}

func brokenAnswer(key string, value []byte) error {
	return fmt.Errorf("%.200q: %.100q is no answer to a packet: restore the store from a backup", key, value)
}

// load reads the answers that were booked and not delivered, and which requests were answered.
func (o *outbox) load(a *Async) error {
	if err := o.loadAnswered(a); err != nil {
		return err
	}
	now, all := clock.Now(), []*answering(nil)
	err := a.Books.Load(answerPrefix+a.AccountID+"/", func(key string, value []byte) error {
		one, err := parseAnswer(key, value)
		if err == nil {
			one.box, one.account = o, a.AccountID
			one.end = min(now.Deadline(one.expiry), now.Steady) // the wall clock may have been put back
			all = append(all, one)
		}
		return err
	})
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, one := range all {
		o.seen[one.id] = request{until: remembered(now.Deadline(one.expiry), now.Steady)}
		o.answers++
		o.bytes += len(one.body)
		o.queue = append(o.queue, one)
	}
	o.read = true
	return nil
}

// open lets a link deliver.
func (o *outbox) open(l *Link) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.link, o.closed, o.reported = l, false, 0
	for a := range o.waiting { // for a link that has ended
		o.queue = append(o.queue, a)
	}
	clear(o.waiting)
	for _, a := range o.queue {
		a.reported, a.counted = false, false
	}
	for range o.queue {
		o.workLocked()
	}
}

// WriteReply takes the answer, and delivers it.
func (a *answering) WriteReply(reply ilp.Reply) {
	if reply.Failed() {
		f := reply.Failure()
		a.body = (&ilp.Reject{Code: f.Code, Message: f.Message, Data: f.Data}).Append(nil)
	} else {
		a.body = bytes.Clone(reply.Bytes())
	}
	a.booked = reply.Fulfilled() && a.amount > 0 // it is none if writing the money has failed
	o := a.box
	o.mu.Lock()
	defer o.mu.Unlock()
	o.unanswered--
	o.bytes += len(a.body)
	o.deliverLocked(a)
}

// deliverLocked puts an answer into the queue. If no link delivers now, it waits there for the next one.
func (o *outbox) deliverLocked(a *answering) {
	o.queue = append(o.queue, a)
	if !o.closed {
		o.workLocked()
	}
}

// workLocked sees to it that somebody works on the queue.
func (o *outbox) workLocked() {
	if o.workers < deliverersMax {
		o.workers++
		o.link.running.Add(1)
		go o.link.deliverAll()
	}
}

// redeliver delivers an answer that had to wait.
func (o *outbox) redeliver(a *answering) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, waits := o.waiting[a]; waits { // else the next link has it
		delete(o.waiting, a)
		o.deliverLocked(a)
	}
}

// deliverAll delivers answers until none is left in the queue.
func (l *Link) deliverAll() {
	defer l.running.Done()
	o := l.outbox
	for {
		o.mu.Lock()
		if len(o.queue) == 0 || o.closed {
			o.workers--
			o.mu.Unlock()
			return
		}
		a := o.queue[0]
		o.queue[0] = nil
		o.queue = o.queue[1:]
		o.mu.Unlock()
		l.deliverOne(a)
	}
}

// late reports whether it is too late to deliver an answer, at a steady time.
func (a *answering) late(now int64) bool {
	end := a.end
	if a.booked {
		end += int64(deliverTime)
	}
	return now > end
}

// deliverOne delivers an answer, once.
func (l *Link) deliverOne(a *answering) {
	o := l.outbox
	if a.late(clock.Now().Steady) {
		if a.booked {
			l.reportUnconfirmed(a, "the peer has not confirmed it in time")
		}
		o.end(a, true)
		return
	}
	if a.void {
		l.takeBack(a)
		return
	}
	before := a.asked
	status, void, err := l.callBack(a)
	switch {
	case err != nil, status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout:
		if err == nil {
			err = statusError(status)
		}
		l.again(a, err)
	case status/100 == 2:
		o.end(a, true)
	case !a.booked:
		o.end(a, true)
		l.reportFailure("peer refuses an answer", statusError(status))
	case status == http.StatusBadRequest && (void || !before):
		a.void = true // a peer that is asked again may not say so again
		l.takeBack(a)
	case status == http.StatusBadRequest:
		l.reportUnconfirmed(a, "an earlier copy had no response, and now the peer says 400")
		o.end(a, true)
	default: // its operator may mend that
		l.again(a, statusError(status))
	}
}

// callBack sends an answer to the peer. void says that the peer has never booked it.
func (l *Link) callBack(a *answering) (status int, void bool, err error) {
	if !l.opts.Async.allows(a.url) { // it was when the packet came
		return 0, false, fmt.Errorf("%.200q is not among async.callbackHosts any more", a.url.Hostname())
	}
	authorization, err := l.opts.Outgoing.Authorization(time.Now())
	if err != nil {
		return 0, false, err
	}
	header := http.Header{
		"Content-Type": octetStreamHeader, "Accept": octetStreamHeader, "User-Agent": userAgent, headerID: {a.id.String()},
	}
	if authorization != "" {
		header["Authorization"] = []string{authorization}
	}
	ctx, cancel := context.WithTimeout(context.WithValue(l.stopped, callbackKey{}, a.url.Hostname()), deliverAsk)
	defer cancel()
	request := (&http.Request{
		Method: http.MethodPost, URL: a.url, Host: a.url.Host, Header: header,
		Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)),
	}).WithContext(ctx)
	response, err := l.roundTrip(request)
	a.asked = a.asked || !unreached(err)
	if err != nil {
		return 0, false, reasonOf(err)
	}
	_, _ = io.CopyN(io.Discard, response.Body, BodyMax)
	_ = response.Body.Close()
	return response.StatusCode, response.Header.Get(headerOutcome) == outcomeVoid, nil
}

// again delivers an answer later.
func (l *Link) again(a *answering, err error) {
	l.reportFailure("answer not delivered", err)
	o := l.outbox
	if a.backoff == nil {
		a.backoff = clock.NewBackoff(clock.Doubling(deliverFirst, deliverLater)...)
	}
	wait := a.backoff.Next()
	if a.booked {
		l.reportUndelivered(a, err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if a.reported && !a.counted {
		a.counted = true
		o.reported++
	}
	o.waiting[a] = nil
	if !o.closed {
		o.waiting[a] = time.AfterFunc(wait, func() { o.redeliver(a) })
	}
}

// takeBack takes back the booking of a Fulfill that the peer does not count.
func (l *Link) takeBack(a *answering) {
	err := ErrKept
	switch take := l.opts.Async.TakeBack; {
	case a.unit != l.opts.Async.Unit:
		err = fmt.Errorf("%w: it was in another asset or scale", ErrKept)
	case take != nil:
		err = take(a.amount, a.id.String(), l.outbox.done(a))
	}
	switch {
	case err == nil:
		l.outbox.end(a, false)
	case errors.Is(err, ErrKept):
		l.reportUnconfirmed(a, fmt.Sprintf("the peer says that it has not counted it, and %v", err))
		l.outbox.end(a, true)
	default:
		l.again(a, err)
	}
}

// end ends the delivery of an answer. remove says that its record is to be removed.
func (o *outbox) end(a *answering, remove bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.answers--
	o.bytes -= len(a.body)
	if a.counted {
		if o.reported--; o.reported == 0 {
			o.link.alerts.Resolve(kindUndelivered)
		}
	}
	if a.recorded && remove {
		o.gone = append(o.gone, o.doneLocked(a)...)
		select {
		case o.wake <- struct{}{}:
		default:
		}
	}
}

// delivered returns the records to remove.
func (o *outbox) delivered() (gone store.Batch) {
	o.mu.Lock()
	defer o.mu.Unlock()
	gone, o.gone = o.gone, nil
	return gone
}

// close ends the delivery of all answers, for this link.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	for _, timer := range o.waiting {
		timer.Stop()
	}
}

var _ ilp.ReplyWriter = (*answering)(nil)
