package test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// npmChange is a difference between ours and the reference that leaves the rest of a row as it is: it makes the lines
// that are expected of ours of those of the reference.
type npmChange struct {
	reason string
	of     func(lines []string) []string
}

// differ says that ours does something else, and shows these lines.
func (r *npmRow) differ(reason string, better ...string) *npmRow {
	r.differs, r.better = reason, better
	return r
}

// open says that ours does not do it yet. The row fails as soon as it does.
func (r *npmRow) open(reason string) *npmRow {
	r.missing = reason
	return r
}

// inOwnWords says that the messages of ours are its own.
func (r *npmRow) inOwnWords(reason string) *npmRow {
	r.wording = reason
	return r
}

// adds says that ours shows these lines besides.
func (r *npmRow) adds(reason string, lines ...string) *npmRow {
	r.changes = append(r.changes, npmChange{reason, func(all []string) []string { return append(all, lines...) }})
	return r
}

// lacks says that ours does not show the lines with a text.
func (r *npmRow) lacks(reason, text string) *npmRow {
	r.changes = append(r.changes, lacking(reason, text))
	return r
}

// instead says that ours shows one text in place of another.
func (r *npmRow) instead(reason, text, ours string) *npmRow {
	r.changes = append(r.changes, replacing(reason, text, ours))
	return r
}

// atOnce says that ours does in no order what the reference does in one, except for texts that follow each other.
func (r *npmRow) atOnce(reason string, sequences ...[]string) *npmRow {
	r.parallel, r.sequences = reason, sequences
	return r
}

// instead says that ours shows one text in place of another in all rows.
func (s *npmSubject) instead(reason, text, ours string) {
	s.changes = append(s.changes, replacing(reason, text, ours))
}

// lacks says that ours does not show the lines with a text, in any row.
func (s *npmSubject) lacks(reason, text string) { s.changes = append(s.changes, lacking(reason, text)) }

func replacing(reason, text, ours string) npmChange {
	return npmChange{reason, func(all []string) (changed []string) {
		for _, line := range all {
			changed = append(changed, strings.ReplaceAll(line, text, ours))
		}
		return changed
	}}
}

func lacking(reason, text string) npmChange {
	return npmChange{reason, func(all []string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(line string) bool { return strings.Contains(line, text) })
	}}
}

// changesFor returns what ours is expected to show in a row, given what the reference shows. A difference that is none is
// a mistake in the row.
func (r *npmRow) changesFor(t *testing.T, s *npmSubject, golden []string) []string {
	t.Helper()
	if r.differs != "" {
		if slices.Equal(r.better, golden) {
			t.Errorf("%s: ours is said to differ, but does the same", r.name)
		}
		return r.better
	}
	for _, c := range r.changes {
		changed := c.of(slices.Clone(golden))
		if slices.Equal(changed, golden) {
			t.Errorf("%s: ours is said to differ, since %s, but does the same", r.name, c.reason)
		}
		golden = changed
	}
	for i, c := range s.changes {
		changed := c.of(slices.Clone(golden))
		if !slices.Equal(changed, golden) {
			s.changed[i] = true
		}
		golden = changed
	}
	return golden
}

// follow fails the test if lines do not have texts in an order.
func (r *npmRow) follow(t *testing.T, lines []string) {
	t.Helper()
	for _, sequence := range r.sequences {
		rest := lines
		for _, text := range sequence {
			at := slices.IndexFunc(rest, func(line string) bool { return strings.Contains(line, text) })
			if at < 0 {
				t.Errorf("%s: no line with %q stands behind those before it in %q:%s", r.name, text, sequence, listed(lines))
				break
			}
			rest = rest[at+1:]
		}
	}
}

// additions matches what ours tells of an account or a status besides what the reference tells.
var additions = regexp.MustCompile(`,"(state|since|lastPacket|lastError|nextTry)":"[^"]*"|,"inFlight":\d+|,"outages":\{\}|,"nodeHosts":\{"all":\{[^}]*\}\}|,"configuration":.*,"rates":\[\]`)

// message matches the message of a reject or an error.
var message = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

func withoutMessages(lines []string) (without []string) {
	for _, line := range lines {
		if strings.HasPrefix(line, "answer ") {
			line = message.ReplaceAllString(line, "...")
		}
		without = append(without, line)
	}
	return without
}
