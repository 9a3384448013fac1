package test

import (
	"bytes"
	"encoding/hex"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

// systemCall is a system call in a trace. It happened between two lines: strace writes one down before it lets go on who
// made it, so that whatever came of a call is in a later line.
type systemCall struct {
	name       string
	file       string // or socket
	fd         int    // its number; of openat that which it returned
	arguments  string // as strace writes them
	data       []byte // that was read or written
	begun, end int
}

// The lines of strace -f -xx -yy, with the process in front. In the text of a line nothing but strace's own words has
// a space or a parenthesis: strings are in hex.
var (
	wholeCall   = regexp.MustCompile(`^(\d+) +(\w+)\((.*)\) += (-?\d+)`)
	begunCall   = regexp.MustCompile(`^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$`)
	resumedCall = regexp.MustCompile(`^(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (-?\d+)`)
	fileOfCall  = regexp.MustCompile(`^(\d+)<(.*?)>(?:,|$)`)
	quoted      = regexp.MustCompile(`"((?:\\x[0-9a-f]{2})*)"`)
)

// parseTrace reads the calls that succeeded, in the order of their ends.
func parseTrace(text string) (calls []systemCall) {
	type beginning struct {
		arguments string
		line      int
	}
	begun := make(map[string]beginning) // by thread
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSuffix(line, "\n")
		if m := begunCall.FindStringSubmatch(line); m != nil {
			begun[m[1]] = beginning{m[3], number}
			continue
		}
		b := beginning{line: number}
		m := wholeCall.FindStringSubmatch(line)
		if m == nil {
			if m = resumedCall.FindStringSubmatch(line); m == nil {
				continue // a signal, or an end
			}
			b = begun[m[1]]
		}
		if result, err := strconv.Atoi(m[4]); err == nil && result >= 0 {
			calls = append(calls, newCall(m[2], b.arguments+m[3], result, b.line, number))
		}
	}
	return calls
}

func newCall(name, arguments string, result, begun, end int) systemCall {
	c := systemCall{name: name, arguments: arguments, fd: result, begun: begun, end: end}
	if m := fileOfCall.FindStringSubmatch(arguments); m != nil {
		c.fd, _ = strconv.Atoi(m[1])
		c.file = string(unescape(m[2]))
	}
	for _, m := range quoted.FindAllStringSubmatch(arguments[strings.Index(arguments, ">")+1:], -1) {
		c.data = append(c.data, unescape(m[1])...)
	}
	c.data = c.data[:min(len(c.data), result)]
	return c
}

// unescape reads \x2f\x74 and so on. What is not in hex, as the name of a socket, stays as it is.
func unescape(text string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(text, `\x`, ""))
	if err != nil {
		return []byte(text)
	}
	return b
}

// stream is the bytes that went one way through a socket, and the calls they went with.
type stream struct {
	data  []byte
	calls []systemCall
	ends  []int // where in data those of a call end
}

// streams are those of the sockets that the name is one of.
func streams(calls []systemCall, names ...string) map[string]*stream {
	all := make(map[string]*stream)
	for _, c := range calls {
		for _, name := range names {
			if c.name == name {
				s := all[c.file]
				if s == nil {
					s = new(stream)
					all[c.file] = s
				}
				s.data = append(s.data, c.data...)
				s.calls = append(s.calls, c)
				s.ends = append(s.ends, len(s.data))
			}
		}
	}
	return all
}

// callWith is the call that the byte at an offset went with.
func (s *stream) callWith(at int) systemCall { return s.calls[sort.SearchInts(s.ends, at+1)] }

// find finds the bytes in one of the streams whose socket is that of a port of ours: the calls with the first and
// the last of them.
func find(all map[string]*stream, port int, b []byte) (first, last systemCall, ok bool) {
	ours := ":" + strconv.Itoa(port) + "->"
	for file, s := range all {
		if !strings.Contains(file, ours) {
			continue
		}
		if at := bytes.Index(s.data, b); at >= 0 {
			return s.callWith(at), s.callWith(at + len(b) - 1), true
		}
	}
	return systemCall{}, systemCall{}, false
}
