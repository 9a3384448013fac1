package admin

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/ilp-go/connector/audit"
)

// refused is an error with what the client is told of it.
type refused struct {
	status int
	text   string
}

func (e *refused) Error() string { return e.text }

// refusal is an error that is our own, with a status of its own.
func refusal(status int, format string, args ...any) error {
	return &refused{status, "Error: " + fmt.Sprintf(format, args...)}
}

// Errors that do not depend on the request.
var (
	errNotFound     = &refused{http.StatusNotFound, "Not Found"}
	errUnauthorized = &refused{http.StatusUnauthorized, "Error: the admin API got no token, or one it does not accept: " +
		"send Authorization: Bearer TOKEN, with the value of CONNECTOR_ADMIN_API_TOKEN"}
	errBusy = &refused{http.StatusServiceUnavailable, "Error: too many requests at once, try again"}
)

// writeError is the one place where an error becomes an answer. As in the
// reference it is plain text that begins with the class of the error.
func writeError(w http.ResponseWriter, err error) {
	status, text := http.StatusInternalServerError, "Error: "+err.Error()
	var r *refused
	switch {
	case errors.As(err, &r):
		status, text = r.status, r.text
	case errors.Is(err, ErrNotOpen), errors.Is(err, audit.ErrUnwritable):
		status = http.StatusServiceUnavailable
	case errors.Is(err, ErrExceedsMaximum):
		text = "InsufficientLiquidityError: " + ErrExceedsMaximum.Error()
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="ilp-connector"`)
	}
	w.Header().Set("Content-Type", "text/plain")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // if it fails there is nobody to tell
}
