package remote

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/settle"
)

// Receiver credits receipts. A settle.Receiver is one.
type Receiver interface {
	Receive(accountID string, r settle.Receipt) (credited balance.Amount, err error)
}

// AccountingOptions are what an Accounting needs.
type AccountingOptions struct {
	Receiver Receiver
	Engines  *Engines
	// Link returns the outgoing side of an account's link, nil if there is none.
	Link func(accountID string) ilp.Handler
	// Token is what engines must send, as a bearer token or as the password of basic
	// authentication, which clients take from a URL. If it is empty, anyone who reaches the
	// API can credit any account that has an engine.
	Token string
	// Alert tells the operator that a payment was not credited. Alerts of one kind have the
	// same text. accountID is empty if the account has no engine. May be nil.
	Alert func(accountID, message string)
	// Resolved ends the alert with this text, because its cause is gone. May be nil.
	Resolved func(accountID, message string)
	Log      *slog.Logger
}

// Accounting is the API for the requests of settlement engines (RFC 38, "Accounting System
// HTTP API"). It knows only accounts that have an engine. Serve it on a socket of its own
// that only engines can reach.
type Accounting struct {
	AccountingOptions
	mux   *http.ServeMux
	trace trace
	slots slots
}

// bodyTime bounds the reading of a body. A slow body occupies one of the slots.
const bodyTime = 10 * time.Second

// NewAccounting returns the API.
func NewAccounting(o AccountingOptions) *Accounting {
	a := &Accounting{AccountingOptions: o, mux: http.NewServeMux()}
	a.mux.HandleFunc("POST /accounts/{id}/settlements", a.bounded(a.settlement))
	a.mux.HandleFunc("POST /accounts/{id}/messages", a.bounded(a.message))
	return a
}

// ServeHTTP answers a request of an engine.
func (a *Accounting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "":
		http.Error(w, "web pages may not use this API", http.StatusForbidden)
	case !a.admits(r):
		w.Header().Set("WWW-Authenticate", `Basic realm="accounting"`)
		http.Error(w, "the request needs the settlement API's token", http.StatusUnauthorized)
	default:
		a.mux.ServeHTTP(w, r)
	}
}

// bounded returns a handler that answers 503 if too many requests are under way. Accounts
// without an engine need no slot, because do refuses them without reading a body.
func (a *Accounting) bounded(do http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("id")
		if a.Engines.Find(id) == nil {
			do(w, r)
			return
		}
		release, err := a.slots.take(id)
		if err != nil {
			a.refused(id, alertSlots, err.Error(), "path", clipped(r.URL.Path))
			w.Header().Set("Retry-After", "1")
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		defer release()
		do(w, r)
	}
}

// admits reports whether the request has the token. The time it takes does not depend on how
// much of the token is right.
func (a *Accounting) admits(r *http.Request) bool {
	if a.Token == "" {
		return true
	}
	_, given, ok := r.BasicAuth()
	if !ok {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if given = strings.TrimSpace(token); !strings.EqualFold(scheme, "Bearer") {
			return false
		}
	}
	want, got := sha256.Sum256([]byte(a.Token)), sha256.Sum256([]byte(given))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// engineText answers a request about an account that this API does not know.
const engineText = "the account has no settlement engine"

// Errors of bodyOf.
var (
	errBodyLong   = errors.New("the body is too long")
	errBodyBroken = errors.New("the body cannot be read")
)

// bodyOf reads a body within bodyTime. With an error it returns the status to answer with.
//
// The deadline is removed after the body, because it would end the request's context later.
// After an error it stays, because the server goes on reading after the answer.
func bodyOf(w http.ResponseWriter, r *http.Request, most int64) (body []byte, status int, err error) {
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Now().Add(bodyTime)) // only the writers of tests have no deadline
	body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		return nil, http.StatusRequestEntityTooLarge, errBodyLong
	}
	if err != nil {
		return nil, http.StatusBadRequest, errBodyBroken
	}
	_ = connection.SetReadDeadline(time.Time{})
	return body, 0, nil
}

// isJSON reports whether the content type of a request is JSON.
func isJSON(r *http.Request) bool {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && media == jsonType
}

var _ http.Handler = (*Accounting)(nil)
