package test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var update = flag.Bool("update", false, "write what the reference does to testdata/reference")

// record is all that was seen of a connector in one subject.
type record struct {
	Outcomes map[string]outcome `json:"outcomes"`
	Facts    facts              `json:"facts"`
}

func goldenPath(s subject) string {
	return filepath.Join("testdata", "reference", s.name+".json")
}

// writeGolden keeps a record of the reference, a line for each thing seen.
func writeGolden(t *testing.T, s subject, r record) {
	t.Helper()
	var text bytes.Buffer
	text.WriteString("{\n")
	writeLines(t, &text, "outcomes", r.Outcomes)
	text.WriteString(",\n")
	writeLines(t, &text, "facts", r.Facts)
	text.WriteString("\n}\n")
	if err := os.WriteFile(goldenPath(s), text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// writeLines writes a member that is an object, each member of that on a line of its own.
func writeLines[V any](t *testing.T, text *bytes.Buffer, name string, members map[string]V) {
	t.Helper()
	fmt.Fprintf(text, "  %q: {", name)
	separator := "\n    "
	for _, key := range slices.Sorted(maps.Keys(members)) {
		text.WriteString(separator + inLine(t, key) + ": " + inLine(t, members[key]))
		separator = ",\n    "
	}
	text.WriteString("\n  }")
}

// readGolden reads how the reference did when its record was written.
func readGolden(t *testing.T, s subject) record {
	t.Helper()
	text, err := os.ReadFile(goldenPath(s))
	if err != nil {
		t.Fatalf("%v; write it with -update", err)
	}
	var r record
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatalf("%s: %v", goldenPath(s), err)
	}
	return r
}
