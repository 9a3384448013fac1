package httplink

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/uuid"
)

// Async makes answers requests of their own (RFC 35): a response that is lost loses no money.
//
//	sender                                   receiver
//	  │ POST Prepare, Request-Id, Callback-Url  │
//	  │────────────────────────────────────────>│
//	  │<──────────────────────────── 202 ───────│
//	  │                                         │ the Fulfill is booked, and a record that it is to
//	  │            POST Fulfill, Request-Id     │ be delivered, in one durable step
//	  │<────────────────────────────────────────│ again and again, until there is an answer
//	  │ the Fulfill is booked, and a record     │
//	  │ that it was, in one durable step        │
//	  │───────────── 200 ──────────────────────>│ the record is removed
//	  │───────────── 400 ──────────────────────>│ the booking is taken back
//
// The sender decides whether a Fulfill counts, since it knows whether the packet was still under
// way. The receiver follows. A crash of either changes nothing: the receiver asks until it
// knows, and the sender answers the same each time.
//
// Until Run is called, its fields may be changed.
type Async struct {
	// AccountID names the records in Books.
	AccountID string
	// Unit is the scale and the asset of amounts, "9 USD" say. Fulfills that were booked in another
	// one are not taken back.
	Unit string
	// CallbackURL is where the answers to our packets come in.
	CallbackURL string
	// Hosts are the hosts that answers may be sent to, in lower case, without ports.
	Hosts []string
	// Books keep what must not be forgotten. Nil keeps it in memory alone.
	Books Books
	// TakeBack takes back a Fulfill that was booked and that the peer does not count, and makes
	// changes in the same durable step. amount is in units of the account. It may block. After an
	// error nothing has changed: after ErrKept the booking stays, after another one TakeBack is
	// called again. Nil is ErrKept.
	TakeBack func(amount uint64, requestID string, changes store.Batch) error
	// Unconfirmed hears of a Fulfill that stays booked here, and that the peer may not count. It must
	// not block. It may be nil.
	Unconfirmed func(amount uint64, requestID, why string)
}

// ErrKept is returned by TakeBack for a Fulfill that stays booked.
var ErrKept = errors.New("the booking stays")

// Books keep entries durably. A *ledger.Ledger is one.
type Books interface {
	// Load visits the entries whose keys begin with prefix, as store.Store does.
	Load(prefix string, visit func(key string, value []byte) error) error
	// Apply makes changes durable. It waits for that.
	Apply(changes store.Batch) error
}

// Names of headers (RFC 35).
const (
	headerID  = "Request-Id"
	headerURL = "Callback-Url"
	// headerOutcome is ours. It tells a replier that a Fulfill was never booked. From others, a 400
	// may also say that an earlier copy was.
	headerOutcome = "Ilp-Outcome"
	outcomeVoid   = "void"
)

// Refusals of asynchronous requests.
var (
	errNoAsync   = &refusal{http.StatusBadRequest, "callback", "answers by callback are not agreed with this account"}
	errID        = &refusal{http.StatusBadRequest, "request_id", "Request-Id must be a UUID"}
	errCallback  = &refusal{http.StatusBadRequest, "callback", "Callback-Url is not allowed"}
	errReply     = &refusal{http.StatusBadRequest, "no_packet", "body is no Fulfill or Reject"}
	errNotWaited = &refusal{http.StatusBadRequest, "not_expected", "no packet waits for this answer"}
	errDoubtful  = &refusal{http.StatusServiceUnavailable, "not_written", "the answer could not be written"}
	errFull      = &refusal{http.StatusServiceUnavailable, "busy", "too many answers wait to be delivered"}
)

// sweepEvery is how often what is no longer needed is removed.
const sweepEvery = time.Minute

// Follow lets l take the place of former, whose Run has returned or is never called. l then knows what
// former has booked, and delivers the answers that former has not, also those that come later. It is
// called before l gets packets or is run.
func (l *Link) Follow(former *Link) {
	if l.opts.Async != nil && former.opts.Async != nil {
		l.callbacks, l.outbox = former.callbacks, former.outbox
	}
}

// begin reads the records, before packets come, and delivers answers.
func (l *Link) begin() error {
	a := l.opts.Async
	if a == nil {
		return nil
	}
	if a.Books != nil && !l.outbox.read {
		err := a.Books.Apply(nil) // what an earlier link of the account has entered is written
		if err == nil {
			err = l.callbacks.load(a)
		}
		if err == nil {
			err = l.outbox.load(a)
		}
		if err != nil {
			return err
		}
	}
	l.outbox.open(l)
	return nil
}

// keepClean removes what is no longer needed until ctx ends. It blocks.
func (l *Link) keepClean(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.outbox.wake:
			l.apply(l.outbox.delivered())
		case <-ticker.C:
			now := clock.Now().Steady
			l.apply(append(l.outbox.forget(l.opts.Async, now), l.callbacks.forget(l.opts.Async, now)...))
		}
	}
}

// apply removes records. If that fails they are removed later: after a restart at the latest.
func (l *Link) apply(changes store.Batch) {
	a := l.opts.Async
	if len(changes) == 0 || a.Books == nil {
		return
	}
	if err := a.Books.Apply(changes); err != nil {
		l.reportFailure("records of answers not removed", err)
	}
}

// requestID returns the id of a request, and whether it has one.
func requestID(h http.Header) (id uuid.UUID, given bool, err error) {
	values := h[headerID]
	if len(values) == 0 {
		return id, false, nil
	}
	id, ok := uuid.Parse(values[0])
	if !ok || len(values) > 1 {
		return id, true, errID
	}
	return id, true, nil
}

// callbackMax bounds a callback URL, in bytes.
const callbackMax = 2048

// callbackOf returns where the answer to a request goes.
func (a *Async) callbackOf(h http.Header) (*url.URL, error) {
	text := h.Get(headerURL)
	u, err := url.Parse(text)
	switch {
	case len(text) > callbackMax || err != nil || len(h[headerURL]) != 1:
		return nil, errCallback
	case u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Opaque != "":
		return nil, errCallback
	case !a.allows(u):
		return nil, fmt.Errorf("%w: %.200q is not among async.callbackHosts", errCallback, u.Hostname())
	}
	u.Fragment = ""
	if strings.ContainsFunc(u.String(), isNoURL) {
		return nil, fmt.Errorf("%w: it has a space, or a letter that is not ASCII", errCallback)
	}
	return u, nil
}

// allows reports whether answers may be sent to the host of a URL.
func (a *Async) allows(u *url.URL) bool {
	return slices.Contains(a.Hosts, strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")))
}

// isNoURL reports whether no URL has a character (RFC 3986). The URL stands in a record, and in the
// first line of a request.
func isNoURL(r rune) bool { return r <= ' ' || r >= 0x7f }

// serveAsync takes a request of the peer whose answer is a request of its own, or that is such an
// answer. It reports false if it is neither. x holds its body.
func (l *Link) serveAsync(w http.ResponseWriter, r *http.Request, x *exchange, handler ilp.Handler) (served bool, err error) {
	id, given, err := requestID(r.Header)
	isReply := len(x.in) > 0 && (ilp.Type(x.in) == ilp.TypeFulfill || ilp.Type(x.in) == ilp.TypeReject)
	switch {
	case !given && !isReply && r.Header.Get(headerURL) == "":
		return false, nil
	case l.opts.Async == nil:
		return true, errNoAsync
	case err != nil:
		return true, err
	case !given:
		return true, errID
	case isReply:
		return true, l.serveReply(w, r, x, id)
	}
	return true, l.serveLater(w, r, x, id, handler)
}

// IsRecord reports whether an entry of a store is a record of a link. The error says that it cannot be
// read.
func IsRecord(key string, value []byte) (yes bool, err error) {
	switch {
	case strings.HasPrefix(key, countedPrefix):
		_, err = parseCounted(key, value)
	case strings.HasPrefix(key, answerPrefix):
		_, err = parseAnswer(key, value)
	case strings.HasPrefix(key, answeredPrefix):
		_, _, err = parseAnswered(key, value)
	default:
		return false, nil
	}
	return true, err
}
