package ilp_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The vectors in testdata are what the JavaScript packages make of packets, good
// and broken ones; testdata/vectors/generate.js writes them.

// blob is bytes as the vectors write them: hex, with "aa*count" for a run of
// equal bytes.
type blob []byte

func (b *blob) UnmarshalText(text []byte) error {
	*b = blob{}
	for _, part := range strings.Fields(string(text)) {
		digits, count, run := strings.Cut(part, "*")
		piece, err := hex.DecodeString(digits)
		if err != nil {
			return err
		}
		if run {
			n, err := strconv.Atoi(count)
			if err != nil {
				return err
			}
			piece = bytes.Repeat(piece, n)
		}
		*b = append(*b, piece...)
	}
	return nil
}

// verdict is what the reference decides about bytes.
type verdict struct {
	Name   string
	Packet blob
	OK     bool
	// Differs is why ours decides otherwise on purpose, empty if it does not.
	Differs string
}

// check compares our decision and reports whether both accept, so that the
// fields are worth comparing.
func (v *verdict) check(t *testing.T, err error) bool {
	t.Helper()
	ours := err == nil
	if want := v.OK != (v.Differs != ""); ours != want {
		t.Errorf("%x: ours accepts: %t (%v), the reference: %t, differs on purpose: %q", v.Packet, ours, err, v.OK, v.Differs)
	}
	return ours && v.OK
}

// title names the subtest of a vector; those made at random have no name.
func (v *verdict) title(i int) string {
	if v.Name != "" {
		return v.Name
	}
	return "mutant " + strconv.Itoa(i)
}

// load reads a file of vectors. Keys that v does not know are mistakes.
func load(t *testing.T, name string, v any) {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", "vectors", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	decoder := json.NewDecoder(file)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// equal compares bytes under a label.
func equal[A, B ~[]byte | ~string](t *testing.T, what string, got A, want B) {
	t.Helper()
	if string(got) != string(want) {
		t.Errorf("%s: got %s, want %s", what, shorten(string(got)), shorten(string(want)))
	}
}

func shorten(s string) string {
	const most = 300
	if len(s) > most {
		return strconv.Quote(s[:most]) + "... (" + strconv.Itoa(len(s)) + " bytes)"
	}
	return strconv.Quote(s)
}
