package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// npmRecord is the file where probes write down all they see.
type npmRecord struct {
	file string
	read int // how many lines have been shown
}

// npmLine is one line of it.
type npmLine struct {
	Probe string   `json:"probe"`
	What  string   `json:"what"`
	Args  []string `json:"args"`
}

func (l npmLine) String() string {
	return l.Probe + " " + l.What + "(" + strings.Join(l.Args, ", ") + ")"
}

func newNpmRecord(t *testing.T) *npmRecord {
	t.Helper()
	return &npmRecord{file: filepath.Join(t.TempDir(), "record")}
}

// lines are all that have been written whole.
func (r *npmRecord) lines(t *testing.T) (all []npmLine) {
	t.Helper()
	text, err := os.ReadFile(r.file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	whole := text[:bytes.LastIndexByte(text, '\n')+1]
	for line := range bytes.Lines(whole) {
		var l npmLine
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		all = append(all, l)
	}
	return all
}

// seen are the lines since the last time, in words.
func (w *npmWorld) seen() (lines []string) {
	w.t.Helper()
	all := w.record.lines(w.t)
	for _, l := range all[w.record.read:] {
		lines = append(lines, w.words(l.String()))
	}
	w.record.read = len(all)
	return lines
}

// awaitSeen waits until the record has a line, since the last time it was shown, that contains a text.
func (w *npmWorld) awaitSeen(text string) {
	w.t.Helper()
	w.within("the record has "+text, func() bool { return w.hasSeen(text) })
}

// awaitTimes waits until the record has a line so often.
func (w *npmWorld) awaitTimes(line string, times int) {
	w.t.Helper()
	w.within(fmt.Sprint(times, " times ", line), func() bool {
		n := 0
		for _, l := range w.record.lines(w.t)[w.record.read:] {
			if l.String() == line {
				n++
			}
		}
		return n >= times
	})
}

// hasSeen reports whether there is such a line.
func (w *npmWorld) hasSeen(text string) bool {
	w.t.Helper()
	for _, l := range w.record.lines(w.t)[w.record.read:] {
		if strings.Contains(w.words(l.String()), text) || strings.Contains(l.String(), text) {
			return true
		}
	}
	return false
}
