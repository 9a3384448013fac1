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

	"github.com/ilp-go/connector/store"
)

// EntriesMax is how many entries are kept. The oldest goes when another one comes.
const EntriesMax = 10_000

// Options are what a Log needs.
type Options struct {
	// Store is what Apply writes to.
	Store store.Store
	// Apply makes changes durable, and waits for that.
	Apply func(store.Batch) error
	// Log hears of every entry: of money at level warn, of the rest at level info.
	Log *slog.Logger
}

// Log is the entries. Its methods are safe for concurrent use.
type Log struct {
	Options
	seq atomic.Uint64 // of the latest entry
}

// ErrUnwritable says that a change was not made, because its entry cannot be written.
var ErrUnwritable = errors.New("the audit log cannot be written, so nothing is changed")

// Open goes on with the entries of a store. It reads their keys.
func Open(o Options) (*Log, error) {
	l := &Log{Options: o}
	err := o.Store.Load(keyPrefix, func(key string, _ []byte) error {
		seq, err := seqOf(key)
		l.seq.Store(seq) // the last one stays
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	return l, nil
}

// Write makes a change that is itself a write: do puts the batch of its note into the same
// durable step. It returns do's error, after which the entry says refused, as far as it
// can be written at all.
func (l *Log) Write(c Change, do func(*Note) error) error {
	n := l.note(c)
	n.entry.Outcome = Done
	err := do(n)
	if err != nil {
		n.end(err)
		l.closing(n)
	}
	l.tell(n)
	return err
}

// Do makes a change that is no write: the entry says begun before do is called, and how
// it ended afterwards. It returns do's error, or ErrUnwritable and has not called it. If
// do gave up waiting, with the error of a context, the entry stays begun.
func (l *Log) Do(c Change, do func() error) error {
	n := l.note(c)
	if err := l.Apply(n.Batch()); err != nil {
		return fmt.Errorf("%w: %w", ErrUnwritable, err)
	}
	err := do()
	n.end(err)
	l.closing(n)
	l.tell(n)
	return err
}

// Latest is the latest entries, latest first, at most limit of them: of an account, or of
// all if that is empty. It reads the store.
func (l *Log) Latest(limit int, account string) ([]Entry, error) {
	var all []Entry
	err := l.Store.Load(keyPrefix, func(key string, value []byte) error {
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

// Detail adds to what the entry says. It is called before Batch.
func (n *Note) Detail(name, value string) {
	if n.entry.Details == nil {
		n.entry.Details = make(map[string]string)
	}
	n.entry.Details[name] = clip(value, detailMax)
}

// Batch is the entry as changes of the store. The one it is too many is forgotten.
func (n *Note) Batch() store.Batch {
	b := store.Batch{n.entry.change()}
	if n.entry.Seq > EntriesMax {
		b = append(b, store.Change{Key: keyOf(n.entry.Seq - EntriesMax)})
	}
	return b
}

// end notes what became of the change.
func (n *Note) end(err error) {
	switch {
	case err == nil:
		n.entry.Outcome = Done
		return
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		n.entry.Outcome = Begun
	default:
		n.entry.Outcome = Refused
	}
	n.entry.Error = clip(err.Error(), detailMax)
}

// closing writes how a change ended. If that fails the entry stays as it is, which is
// true as well, only less.
func (l *Log) closing(n *Note) {
	if n.entry.Seq+EntriesMax <= l.seq.Load() {
		return // it is forgotten already
	}
	if err := l.Apply(n.Batch()); err != nil {
		n.entry.Outcome = Begun
		l.Log.Error("the audit log could not be told how a change ended", "entry", n.entry.Seq, "error", err)
	}
}

// tell tells the log of the program.
func (l *Log) tell(n *Note) {
	e := &n.entry
	level := slog.LevelInfo
	switch e.What {
	case EditBalance, Settle, ResolveSettlement:
		level = slog.LevelWarn // it is money
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
