package ilp

import (
	"slices"
	"testing"

	"github.com/ilp-go/connector/clock"
)

// named is a Flusher that writes down when it was flushed.
type named struct {
	name string
	log  *[]string
}

func (n named) Flush() { *n.log = append(*n.log, n.name) }

func TestBatchFlushesWhatItTouchedOnce(t *testing.T) {
	var log []string
	var b ReadBatch
	at := clock.Reading{Wall: 42, Steady: 7}
	b.Begin(at)
	if b.Now() != at {
		t.Errorf("now is %+v", b.Now())
	}
	for _, name := range []string{"a", "b"} {
		if !b.Touch(named{name, &log}) {
			t.Error("the batch will not flush")
		}
	}
	if len(log) != 0 {
		t.Errorf("flushed before the end: %v", log)
	}
	b.End()
	b.End()
	if want := []string{"a", "b"}; !slices.Equal(log, want) {
		t.Errorf("flushed %v, want %v", log, want)
	}
}

func TestBatchBeginsAnew(t *testing.T) {
	var log []string
	var b ReadBatch
	b.Begin(clock.Reading{Steady: 1})
	b.Touch(named{"old", &log})
	b.Begin(clock.Reading{Steady: 2})
	b.End()
	if b.Now().Steady != 2 || len(log) != 0 {
		t.Errorf("now %+v, flushed %v", b.Now(), log)
	}
}

func TestNilBatchFlushesNothing(t *testing.T) {
	var b *ReadBatch
	if !b.Now().None() || b.Touch(named{}) {
		t.Error("a nil batch promised something")
	}
}

// A nil batch, and one that never began, have no time of their own.
func TestTimeOfNoBatchIsNow(t *testing.T) {
	began := ReadBatch{now: clock.Reading{Wall: 42, Steady: 7}}
	if began.Time() != began.now {
		t.Errorf("the time is %+v", began.Time())
	}
	for _, b := range []*ReadBatch{nil, new(ReadBatch)} {
		before := clock.Now().Steady
		if at := b.Time().Steady; at < before || at > clock.Now().Steady {
			t.Errorf("the time is %d, not now", at)
		}
	}
}

func TestBatchReusesItsMemory(t *testing.T) {
	var log []string
	var b ReadBatch
	var f Flusher = named{"x", &log}
	log = make([]string, 0, 2000)
	if n := testing.AllocsPerRun(500, func() {
		b.Begin(clock.Reading{Steady: 1})
		b.Touch(f)
		b.End()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// A flush can make another output dirty: what it writes may be an answer.
func TestBatchFlushesWhatAFlushTouches(t *testing.T) {
	var b ReadBatch
	b.Begin(clock.Reading{Steady: 1})
	f := &again{batch: &b}
	b.Touch(f)
	b.End()
	if f.flushes != 2 {
		t.Errorf("flushed %d times, want 2", f.flushes)
	}
}

// again touches its batch once more in its first flush.
type again struct {
	batch   *ReadBatch
	flushes int
}

func (f *again) Flush() {
	if f.flushes++; f.flushes == 1 {
		f.batch.Touch(f)
	}
}

// panicking is a Flusher with a bug.
type panicking struct{}

func (panicking) Flush() { panic("a bug") }

func TestFlushThatPanicsCostsTheOthersNothing(t *testing.T) {
	var log []string
	var b ReadBatch
	b.Begin(clock.Reading{Steady: 1})
	for _, f := range []Flusher{named{"a", &log}, panicking{}, named{"b", &log}, panicking{}, named{"c", &log}} {
		b.Touch(f)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is lost")
			}
		}()
		b.End()
	}()
	if want := []string{"a", "b", "c"}; !slices.Equal(log, want) {
		t.Errorf("flushed %v, want %v", log, want)
	}
	b.Begin(clock.Reading{Steady: 2})
	b.Touch(named{"d", &log})
	b.End()
	if want := []string{"a", "b", "c", "d"}; !slices.Equal(log, want) {
		t.Errorf("flushed %v, want %v", log, want)
	}
}

func TestGuardedEndGivesAPanicAway(t *testing.T) {
	var log []string
	var b ReadBatch
	touch := func() {
		b.Begin(clock.Reading{Steady: 1})
		b.Touch(panicking{})
		b.Touch(named{"a", &log})
	}
	touch()
	var cause any
	b.EndGuarded(func(c any) { cause = c })
	if cause != "a bug" || !slices.Equal(log, []string{"a"}) {
		t.Errorf("panicked with %v, flushed %v", cause, log)
	}
	touch()
	defer func() {
		if cause := recover(); cause != "a bug" {
			t.Errorf("without panicked, the cause is %v", cause)
		}
	}()
	b.EndGuarded(nil)
}
