package test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// file is where that is kept which was seen of the reference.
func (s npmSubject) file() string {
	return filepath.Join("testdata", "reference", "npm", s.name+".json")
}

// write keeps what was seen of the reference.
func (s npmSubject) write(t *testing.T, seen map[string][]string) {
	t.Helper()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(seen); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.file(), text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// read returns what is kept.
func (s npmSubject) read(t *testing.T) (seen map[string][]string) {
	t.Helper()
	text, err := os.ReadFile(s.file())
	if err != nil {
		t.Fatalf("%v; write it with -update", err)
	}
	if err := json.Unmarshal(text, &seen); err != nil {
		t.Fatalf("%s: %v", s.file(), err)
	}
	return seen
}
