package audit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/clip"
	"github.com/ilp-go/connector/store"
)

// EntriesMax is the number of entries that are kept. A new entry then deletes the
// oldest.
const EntriesMax = 10_000

// Options are what a Log needs.
type Options struct {
	// Ledger holds the entries.
	Ledger Ledger
	// Log gets a line for every entry: at level warn if money changes, else at level info.
	Log *slog.Logger
}

// Ledger writes entries, and reads them.
type Ledger interface {
	// Apply makes the changes, and returns once they are durable.
	Apply(changes store.Batch) error
	// Load visits the entries whose keys begin with prefix, as store.Store does.
	Load(prefix string, visit func(key string, value []byte) error) error
}

// Log keeps the entries. Its methods are safe for concurrent use.
type Log struct {
	Options
	seq atomic.Uint64 // of the latest entry
}

// ErrUnknown is wrapped by the error of a change that may have been made all the same.
var ErrUnknown = errors.New("nobody knows whether the change was made")

// ErrUnwritable is returned when a change was not made because its entry cannot be written.
var ErrUnwritable = errors.New("the audit log cannot be written, so nothing is changed")

// Open returns the log of a store. It reads the keys of the entries there, to go on
// with their numbers.
func Open(o Options) (*Log, error) {
	l := &Log{Options: o}
	err := o.Ledger.Load(keyPrefix, func(key string, _ []byte) error {
		seq, err := seqOf(key)
		l.seq.Store(seq) // the last key has the highest number
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	return l, nil
}

// Write makes a change that is itself a write to the store: do adds the batch of its
// note to the same durable step. Write returns do's error. The entry then says refused,
// if it can be written at all.
func (l *Log) Write(c Change, do func(*Note) error) error {
	return l.WriteAll([]Change{c}, func(notes []*Note) error { return do(notes[0]) })
}

// WriteAll makes changes that are one write to the store, as Write makes one: do adds the
// batches of all notes to the same durable step. The notes are in the order of changes.
func (l *Log) WriteAll(changes []Change, do func([]*Note) error) error {
	notes := make([]*Note, len(changes))
	for i, c := range changes {
		notes[i] = l.note(c)
		notes[i].entry.Outcome = Done
	}
	err := do(notes)
	for _, n := range notes {
		if err != nil {
			n.end(err)
			l.closing(n)
		}
		l.tell(n)
	}
	return err
}

// Do makes a change that is not a write to the store. The entry says begun before do is
// called, and the outcome afterwards. Do returns do's error. It returns ErrUnwritable,
// without calling do, if the entry cannot be written. If do gave up waiting, with the
// error of a context, or returns ErrUnknown, the entry stays begun.
func (l *Log) Do(c Change, do func() error) error {
	return l.DoNoted(c, func(*Note) error { return do() })
}

// DoNoted makes a change as Do does, if more is known of it at its end: do adds that to its note.
func (l *Log) DoNoted(c Change, do func(*Note) error) error {
	n := l.note(c)
	if err := l.Ledger.Apply(n.Batch()); err != nil {
		return fmt.Errorf("%w: %w", ErrUnwritable, err)
	}
	err := do(n)
	n.end(err)
	l.closing(n)
	l.tell(n)
	return err
}

// Latest returns at most limit entries, latest first: those of an account, or all if
// account is empty. It reads the store.
func (l *Log) Latest(limit int, account string) ([]Entry, error) {
	var all []Entry
	err := l.Ledger.Load(keyPrefix, func(key string, value []byte) error {
		e, err := readEntry(key, value)
		if err != nil || account != "" && e.Account != account {
			return err
		}
		all = append(all, e)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	slices.Reverse(all)
	return all[:min(limit, len(all))], nil
}

// Note is the entry of a change that is being made.
type Note struct {
	entry Entry
}

func (l *Log) note(c Change) *Note {
	return &Note{Entry{Seq: l.seq.Add(1), Time: time.Now(), Change: c.bounded(), Outcome: Begun}}
}

// Detail adds a named value to the entry. Call it before Batch.
func (n *Note) Detail(name, value string) {
	if n.entry.Details == nil {
		n.entry.Details = make(map[string]string)
	}
	n.entry.Details[name] = clip.UTF8(value, detailMax)
}

// Batch returns the entry as a batch for the store. When the log is full, the batch
// also deletes the oldest entry.
func (n *Note) Batch() store.Batch {
	b := store.Batch{n.entry.change()}
	if n.entry.Seq > EntriesMax {
		b = append(b, store.Change{Key: keyOf(n.entry.Seq - EntriesMax)})
	}
	return b
}

// end records the outcome of the change in the entry.
func (n *Note) end(err error) {
	switch {
	case err == nil:
		n.entry.Outcome = Done
		return
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, ErrUnknown):
		n.entry.Outcome = Begun
	default:
		n.entry.Outcome = Refused
	}
	n.entry.Error = clip.UTF8(err.Error(), detailMax)
}

// closing writes the outcome of a change. If that fails the stored entry still says
// begun, which is true but tells less.
func (l *Log) closing(n *Note) {
	if n.entry.Seq+EntriesMax <= l.seq.Load() {
		return // a later entry has deleted it
	}
	if err := l.Ledger.Apply(n.Batch()); err != nil {
		n.entry.Outcome = Begun
		l.Log.Error("the outcome of a change was not written to the audit log, which shows the change as begun", "entry", n.entry.Seq, "error", err)
	}
}

// tell writes the entry to the log of the program.
func (l *Log) tell(n *Note) {
	e := &n.entry
	level := slog.LevelInfo
	switch e.What {
	case EditBalance, MoveBalance, ImportBalance, Settle, WriteOff, ResolveSettlement, FundChannel, ClaimChannel, CloseChannel, OpenChannel:
		level = slog.LevelWarn // money changes
	}
	if !l.Log.Enabled(context.Background(), level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("what", string(e.What)), slog.String("outcome", string(e.Outcome)), slog.Uint64("entry", e.Seq),
	}
	for _, a := range []slog.Attr{
		slog.String("account", e.Account), slog.String("remote", e.By.Remote),
		slog.String("reason", e.Reason), slog.String("error", e.Error),
	} {
		if a.Value.String() != "" {
			attrs = append(attrs, a)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Details)) {
		attrs = append(attrs, slog.String(name, e.Details[name]))
	}
	l.Log.LogAttrs(context.Background(), level, "audited change", attrs...)
}
