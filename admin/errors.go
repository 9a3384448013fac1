package admin

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/clip"
)

// answerError is an error that says how to answer the client.
type answerError struct {
	status int
	text   string
}

func (e *answerError) Error() string { return e.text }

// errorf returns an error that the client gets with a status. The reference has no words
// for it.
func errorf(status int, format string, args ...any) error {
	return &answerError{status, "Error: " + fmt.Sprintf(format, args...)}
}

// The errors that do not depend on the request.
var (
	errNotFound     = &answerError{http.StatusNotFound, "Not Found"}
	errUnauthorized = &answerError{http.StatusUnauthorized, "Error: the admin API got no token, or one it does not accept: " +
		"send Authorization: Bearer TOKEN, with the value of CONNECTOR_ADMIN_API_TOKEN"}
	errBusy = &answerError{http.StatusServiceUnavailable, "Error: too many requests at once, try again"}
)

// writeError answers with an error. All handlers return their errors to it. As in the
// reference, the body is plain text that begins with the class of the error.
func writeError(w http.ResponseWriter, err error) {
	status, text := http.StatusInternalServerError, "Error: "+err.Error()
	var r *answerError
	var conflict Conflict
	var invalid Invalid
	var thrown Thrown
	var unavailable Unavailable
	switch {
	case errors.As(err, &r):
		status, text = r.status, r.text
	case errors.As(err, &conflict):
		status = http.StatusConflict
	case errors.As(err, &invalid):
		status = http.StatusBadRequest
	case errors.As(err, &thrown):
		text = string(thrown) // with its class
	case errors.As(err, &unavailable):
		status = http.StatusServiceUnavailable
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
	_, _ = w.Write([]byte(legible(text))) // if it fails, the client is gone
}

// errorBytesMax bounds an error answer, which may repeat what the request says.
const errorBytesMax = 4 << 10

// legible returns text for a terminal: bounded, and without characters that control it.
func legible(text string) string {
	return clip.UTF8(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return '?'
		}
		return r
	}, text), errorBytesMax)
}
