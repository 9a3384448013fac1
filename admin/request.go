package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// request is a request with access, and its body.
type request struct {
	*http.Request
	rest    string // the path behind that of the endpoint
	account string // the segment of the path in the place of the endpoint's *
	body    []byte // JSON, or empty
	lines   bool   // body is lines of JSON, which are not checked yet
	// stranger means that the API needs a token and the request has none. Then body is
	// empty, since it was not read.
	stranger bool
	// audited means that the audit log has logged the change that the request asks for.
	audited bool
}

// bodyBytesMax bounds the body of a request.
const bodyBytesMax = 1 << 20

// readBody reads the body of a request. It must be JSON or empty, whatever the path, unless it is
// in another form: lines of JSON, or a configuration.
func readBody(w http.ResponseWriter, r *http.Request, otherForm bool) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyBytesMax))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, errorf(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", bodyBytesMax)
	case err != nil:
		return nil, fmt.Errorf("read the body: %w", err)
	case len(body) > 0 && !otherForm && !json.Valid(body):
		// Do not repeat the body: it may hold credentials.
		return nil, &answerError{http.StatusInternalServerError, "SyntaxError: the body is not valid JSON"}
	}
	return body, nil
}

// hasNoBody reports whether the body is empty, or a value that is false in JavaScript.
func (r *request) hasNoBody() bool {
	switch string(bytes.TrimSpace(r.body)) {
	case "", "null", "false", "0", `""`:
		return true
	}
	return false
}

// object returns the body as an object. It returns nil if the body is something else, or
// has a member twice. Unlike struct fields, names must match exactly.
func (r *request) object() map[string]json.RawMessage {
	var members OrderedMap[json.RawMessage]
	if json.Unmarshal(r.body, &members) != nil {
		return nil
	}
	fields := make(map[string]json.RawMessage, len(members))
	for _, m := range members {
		if _, twice := fields[m.Name]; twice {
			return nil
		}
		fields[m.Name] = m.Value
	}
	return fields
}

// count returns a parameter of the query, a number from 1 to most. It returns otherwise if
// the parameter is missing.
func (r *request) count(name string, otherwise, most int) (int, error) {
	query := r.URL.Query()
	if !query.Has(name) {
		return otherwise, nil
	}
	n, err := strconv.Atoi(query.Get(name))
	if err != nil || n < 1 || n > most {
		return 0, errorf(http.StatusBadRequest, "%s is not a number from 1 to %d", name, most)
	}
	return n, nil
}

// stringOf returns the string in a field. ok is false if the field is not a string.
func stringOf(field json.RawMessage) (value string, ok bool) {
	var s *string
	if json.Unmarshal(field, &s) != nil || s == nil {
		return "", false
	}
	return *s, true
}
