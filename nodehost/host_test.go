package nodehost

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// There may be a chain for each of very many accounts, and what waits for a process is bounded.
func TestVeryManyModulesAreConstructed(t *testing.T) {
	f := newFake(t)
	f.sync()
	const many, most = 20_000, 256
	h := &counter{}
	go func() {
		for range many {
			f.host.Add(Module{Kind: Chain, Name: "chain", Options: []byte(`"` + strings.Repeat("x", 1000) + `"`)}, h)
		}
	}()
	built, waiting, first := 0, 0, frame{}
	for built < many {
		call := f.read()
		if call.typ != frameCall {
			t.Fatalf("%+v", call)
		}
		if waiting++; waiting > most {
			t.Fatalf("%d are under way", waiting)
		}
		if waiting == 1 {
			first = call
		}
		if waiting == most || built+waiting == many { // answer all that are under way
			var answers []frame
			for id := first.id; id <= call.id; id++ {
				answers = append(answers, frame{typ: frameResult, id: id, body: []byte(`{}`)})
			}
			built, waiting = built+waiting, 0
			f.write(answers...)
		}
	}
	f.sync()
	f.host.handling.Lock()
	defer f.host.handling.Unlock()
	if h.ups != many || f.host.building != 0 {
		t.Errorf("%d of %d were constructed, %d are under way", h.ups, many, f.host.building)
	}
}

// counter counts the constructions of modules.
type counter struct{ ups int }

func (c *counter) Up(*Object, Constructed) { c.ups++ }
func (c *counter) Down(error)              {}

// A client that can make a process end does not take it down for good.
func TestProcessThatEndsTooOftenRests(t *testing.T) {
	type end struct {
		why  error
		next time.Duration
	}
	ends := make(chan end, 10)
	h := New(Options{Command: "no-such-program", RestartsMax: 2, Ended: func(why error, next time.Time) {
		ends <- end{why, time.Until(next)}
	}})
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.Run(t.Context())
	}()
	t.Cleanup(func() { <-done })
	for i := range 3 {
		got := <-ends
		if rests := got.next > 50*time.Minute; rests != (i == 2) || got.next > time.Hour {
			t.Errorf("end %d: the next start is in %v", i+1, got.next)
		}
	}
}

func TestLongLinesLoseNothing(t *testing.T) {
	var got []string
	l := &lines{to: func(line string) { got = append(got, line) }}
	text := strings.Repeat("0123456789", 1000)
	for _, part := range []string{text[:5000], text[5000:], "\nnext\r\n"} {
		if n, err := l.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	if i := slices.Index(got, "next"); i < 0 || strings.Join(got[:i], "") != text {
		t.Errorf("%d lines, %d bytes", len(got), len(strings.Join(got, "")))
	}
}
