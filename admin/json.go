package admin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// encode is a value as JSON. Unlike json.Marshal it leaves <, > and & as they are:
// what we write is no web page, and errors of connections have arrows in them.
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
	_, _ = w.Write(text) // if it fails there is nobody to tell
	return nil
}

// appendText appends a string. Most are names and addresses, which need no escape.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, _ := encode(text) // a string always can
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}

// appendName appends the name of a member of an object.
func appendName(b []byte, name string) []byte { return append(appendText(b, name), ':') }
