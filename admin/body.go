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

// bodyBytesMax bounds the body of a request.
const bodyBytesMax = 1 << 20

// readBody reads the body of a request, which on any path has to be JSON or empty.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyBytesMax))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, refusal(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", bodyBytesMax)
	case err != nil:
		return nil, fmt.Errorf("read the body: %w", err)
	case len(body) > 0 && !json.Valid(body):
		// What was sent is not repeated: it may hold credentials.
		return nil, &refused{http.StatusInternalServerError, "SyntaxError: the body is not valid JSON"}
	}
	return body, nil
}

// lacksBody reports whether there is none, or one that JavaScript takes for none.
func (r *request) lacksBody() bool {
	switch string(bytes.TrimSpace(r.body)) {
	case "", "null", "false", "0", `""`:
		return true
	}
	return false
}

// fields is the body as an object, nil if it is something else or says a thing
// twice. Names are exact, unlike those of struct fields.
func (r *request) fields() map[string]json.RawMessage {
	var members Object[json.RawMessage]
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

// count is a number from 1 to most in the query, or what counts if it is not there.
func (r *request) count(name string, otherwise, most int) (int, error) {
	query := r.URL.Query()
	if !query.Has(name) {
		return otherwise, nil
	}
	n, err := strconv.Atoi(query.Get(name))
	if err != nil || n < 1 || n > most {
		return 0, refusal(http.StatusBadRequest, "%s is not a number from 1 to %d", name, most)
	}
	return n, nil
}

// text is a field that is a string.
func text(field json.RawMessage) (value string, ok bool) {
	var s *string
	if json.Unmarshal(field, &s) != nil || s == nil {
		return "", false
	}
	return *s, true
}
