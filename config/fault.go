package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ilp-go/connector/clip"
	"github.com/ilp-go/connector/ilp"
)

// Fault is one error in a configuration. No part of it contains a secret.
type Fault struct {
	// Path is the setting, such as accounts.bob.balance.maximum. It is empty if
	// the fault is in the configuration as a whole.
	Path string
	// Variable is the CONNECTOR_* variable that the setting came from, or could
	// come from. It is empty for a setting of the file.
	Variable string
	// Problem says what we found and what is wrong with it.
	Problem string
	// Hint says what to do.
	Hint string
}

// Error returns the fault in one line: where, what, and what to do.
func (f Fault) Error() string {
	where := f.Path
	switch {
	case f.Variable != "" && where == "":
		where = f.Variable
	case f.Variable != "":
		where += " (" + f.Variable + ")"
	}
	text := f.Problem
	if where != "" {
		text = where + ": " + text
	}
	if f.Hint != "" {
		text += "; " + f.Hint
	}
	return text
}

// Faults are all errors in a configuration, in the order of the settings. As an error
// it is never empty.
type Faults []Fault

// Error returns one line per fault.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// Warning is about a setting that is allowed but probably a mistake. Its fields are
// those of a [Fault].
type Warning Fault

// String returns the warning in one line.
func (w Warning) String() string { return Fault(w).Error() }

// report collects faults and warnings, and knows which variable a setting came from.
type report struct {
	origin   map[string]string // top-level setting to variable
	faults   Faults
	faulty   map[string]bool // paths that have a fault
	void     map[string]bool // paths of values that we left out
	warnings []Warning
	resolved []resolved // secrets that references have given
}

func newReport(origin map[string]string) *report {
	return &report{origin: origin}
}

// fault adds a fault, unless there is one for that path already, or the path is
// inside a value that we left out: more faults of the same mistake are noise.
func (r *report) fault(path, problem, hint string) {
	r.add(Fault{Path: path, Problem: problem, Hint: hint})
}

func (r *report) add(fault Fault) {
	if r.isNoise(fault.Path) {
		return
	}
	if fault.Variable == "" {
		fault.Variable = r.origin[settingOf(fault.Path)]
	}
	if r.faulty == nil {
		r.faulty = make(map[string]bool)
	}
	r.faulty[fault.Path] = true
	r.faults = append(r.faults, fault)
}

// leaveOut records that we could not use the value at path at all.
func (r *report) leaveOut(path string) {
	if r.void == nil {
		r.void = make(map[string]bool)
	}
	r.void[path] = true
}

func (r *report) isNoise(path string) bool {
	for i, c := range path {
		if (c == '.' || c == '[') && r.void[path[:i]] {
			return true
		}
	}
	return r.faulty[path] || r.void[path]
}

func (r *report) warn(path, problem, hint string) {
	if r.isNoise(path) {
		return
	}
	r.warnings = append(r.warnings, Warning{
		Path: path, Variable: r.origin[settingOf(path)], Problem: problem, Hint: hint,
	})
}

// sorted returns the faults in the order of the settings. It drops the warnings about settings that
// turned out to have one.
func (r *report) sorted(schema *setting) Faults {
	r.warnings = slices.DeleteFunc(r.warnings, func(w Warning) bool { return w.Path != "" && r.faulty[w.Path] })
	sortFaults(r.faults, schema)
	return r.faults
}

// at returns the path of keys inside path.
func at(path string, keys ...string) string {
	for _, key := range keys {
		switch {
		case strings.Contains(key, ".") || !ilp.ValidSegments(key):
			path += "[" + show(key) + "]"
		case path == "":
			path = key
		default:
			path += "." + key
		}
	}
	return path
}

func atIndex(path string, i int) string {
	return path + "[" + strconv.Itoa(i) + "]"
}

// settingOf returns the top-level setting of a path.
func settingOf(path string) string {
	if i := strings.IndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return path
}

// show quotes a value for a message. It cuts long values, and never shows a URI: one
// may hold a password, and may be in the wrong place.
func show(value string) string {
	if strings.Contains(value, "://") || strings.Contains(value, "@") {
		return "a URI"
	}
	if short := clip.UTF8(value, 64); short != value {
		return strconv.Quote(short) + "..."
	}
	return strconv.Quote(value)
}

// oneOf returns the names as a list: "a, b or c".
func oneOf(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return fmt.Sprintf("%s or %s", strings.Join(names[:last], ", "), names[last])
}

var _ error = Faults(nil)
