package admin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// encode returns a value as JSON. Unlike json.Marshal it does not escape <, > and &: our
// answers are not web pages, and errors of connections have arrows in them.
func encode(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// writeJSON answers with a document.
func writeJSON(w http.ResponseWriter, status int, document any) error {
	text, err := encode(document)
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text) // if it fails, the client is gone
	return nil
}

// appendText appends a JSON string. Names and addresses, which are the most, need no escape.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, _ := encode(text) // a string never fails
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}

// appendName appends the name of a member of an object, and a colon.
func appendName(b []byte, name string) []byte { return append(appendText(b, name), ':') }
