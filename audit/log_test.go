package audit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/memory"
)

var errDisk = errors.New("the disk is full")

// opened is a log with its store, which fails while broken is set.
type opened struct {
	*audit.Log
	store.Store
	broken  bool
	applied []store.Batch
	told    bytes.Buffer
}

func open(t *testing.T, s store.Store) *opened {
	t.Helper()
	if s == nil {
		s = memory.New(slog.New(slog.DiscardHandler))
	}
	d := &opened{Store: s}
	l, err := audit.Open(audit.Options{Ledger: d, Log: slog.New(slog.NewTextHandler(&d.told, nil))})
	if err != nil {
		t.Fatal(err)
	}
	d.Log = l
	return d
}

func (d *opened) Apply(b store.Batch) error {
	if d.broken {
		return errDisk
	}
	d.applied = append(d.applied, b)
	return d.Store.Apply(b)
}

// latest returns the entries as "4 edit balance alice done", latest first.
func (d *opened) latest(t *testing.T, limit int, account string) (lines []string) {
	t.Helper()
	all, err := d.Latest(limit, account)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		lines = append(lines, strings.TrimSpace(fmt.Sprintln(e.Seq, e.What, e.Account, e.Outcome, e.Error)))
	}
	return lines
}

func nothing() error { return nil }

func change(what audit.What, account string) audit.Change {
	return audit.Change{What: what, Account: account}
}

func TestLatestEntriesComeFirst(t *testing.T) {
	d := open(t, nil)
	for _, account := range []string{"alice", "bob", "alice"} {
		if err := d.Do(change(audit.AddAccount, account), nothing); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		limit   int
		account string
		want    []string
	}{
		{10, "", []string{"3 add account alice done", "2 add account bob done", "1 add account alice done"}},
		{2, "", []string{"3 add account alice done", "2 add account bob done"}},
		{1, "alice", []string{"3 add account alice done"}},
		{10, "bob", []string{"2 add account bob done"}},
		{10, "zed", nil},
		{0, "", nil},
	} {
		if got := d.latest(t, test.limit, test.account); !slices.Equal(got, test.want) {
			t.Errorf("%d of %q: %q, want %q", test.limit, test.account, got, test.want)
		}
	}
}

func TestEntryKeepsEverything(t *testing.T) {
	d := open(t, nil)
	want := audit.Change{
		What: audit.ResolveSettlement, Account: "alice", By: audit.By{Remote: "127.0.0.1:5", Token: true},
		Reason: "seen on the ledger", Details: map[string]string{"paid": "true"},
	}
	if err := d.Do(want, nothing); err != nil {
		t.Fatal(err)
	}
	all, err := open(t, d.Store).Latest(1, "")
	if err != nil || len(all) != 1 || !reflect.DeepEqual(all[0].Change, want) || time.Since(all[0].Time) > time.Minute {
		t.Errorf("%+v, %v", all, err)
	}
	for _, part := range []string{
		`level=WARN msg="audited change"`, `what="resolve settlement" outcome=done entry=1 account=alice remote=127.0.0.1:5`,
		`reason="seen on the ledger" paid=true`,
	} {
		if !strings.Contains(d.told.String(), part) {
			t.Errorf("%s is not in the log: %s", part, &d.told)
		}
	}
}

func TestDetailsMayBeKnownAtTheEndOfAChange(t *testing.T) {
	d := open(t, nil)
	detailsOf := func() map[string]string {
		all, err := d.Latest(1, "")
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v, %v", all, err)
		}
		return all[0].Details
	}
	err := d.DoNoted(audit.Change{What: audit.Settle, Details: map[string]string{"a": "1"}}, func(note *audit.Note) error {
		note.Detail("b", "2")
		if got := fmt.Sprint(detailsOf()); got != "map[a:1]" {
			t.Errorf("while it is made: %s", got)
		}
		return nil
	})
	if got := fmt.Sprint(detailsOf()); err != nil || got != "map[a:1 b:2]" {
		t.Errorf("%s, %v", got, err)
	}
}

// TestBeginningIsWrittenFirst holds that a change is known even if the process ends in the
// middle of it.
func TestBeginningIsWrittenFirst(t *testing.T) {
	d := open(t, nil)
	err := d.Do(change(audit.Settle, "alice"), func() error {
		if got := d.latest(t, 1, ""); !slices.Equal(got, []string{"1 settle alice begun"}) {
			t.Errorf("before it is made: %q", got)
		}
		return nil
	})
	if got := d.latest(t, 1, ""); err != nil || !slices.Equal(got, []string{"1 settle alice done"}) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestOutcomesAreNoted(t *testing.T) {
	d := open(t, nil)
	for want, err := range map[string]error{
		"settle a done":                                nil,
		"settle a refused no":                          errors.New("no"),
		"settle a begun ask: context canceled":         fmt.Errorf("ask: %w", context.Canceled),
		"settle a begun context deadline exceeded":     context.DeadlineExceeded,
		"settle a refused " + strings.Repeat("é", 511): errors.New(strings.Repeat("é", 600)), // 1,022 of at most 1,023 bytes
	} {
		if got := d.Do(change(audit.Settle, "a"), func() error { return err }); !errors.Is(got, err) {
			t.Errorf("%v, want %v", got, err)
		}
		if got := d.latest(t, 1, "")[0]; !strings.HasSuffix(got, " "+want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestChangeThatCannotBeNotedIsNotMade(t *testing.T) {
	d := open(t, nil)
	d.broken = true
	err := d.Do(change(audit.Settle, "alice"), func() error { t.Error("it is made"); return nil })
	if !errors.Is(err, audit.ErrUnwritable) || !errors.Is(err, errDisk) {
		t.Errorf("%v", err)
	}
}

// TestMadeChangeStaysMade holds that what is done is no error, even if that cannot be
// noted any more.
func TestMadeChangeStaysMade(t *testing.T) {
	d := open(t, nil)
	err := d.Do(change(audit.Settle, "alice"), func() error { d.broken = true; return nil })
	if got := d.latest(t, 1, ""); err != nil || !slices.Equal(got, []string{"1 settle alice begun"}) {
		t.Errorf("%q, %v", got, err)
	}
	if told := d.told.String(); !strings.Contains(told, "level=ERROR") || !strings.Contains(told, "outcome=begun") {
		t.Errorf("%s", told)
	}
}

func TestChangeAndEntryAreOneStep(t *testing.T) {
	d := open(t, nil)
	balance := store.Change{Key: "balances/alice", Value: []byte("250 9 USD")}
	err := d.Write(change(audit.EditBalance, "alice"), func(n *audit.Note) error {
		n.Detail("postedAfter", "250")
		return d.Apply(append(n.Batch(), balance))
	})
	if err != nil || len(d.applied) != 1 || len(d.applied[0]) != 2 {
		t.Fatalf("%q, %v", d.applied, err)
	}
	all, err := d.Latest(1, "")
	if err != nil || all[0].Outcome != audit.Done || all[0].Details["postedAfter"] != "250" {
		t.Errorf("%+v, %v", all, err)
	}

	refusal := errors.New("exceeded maximum balance")
	if err := d.Write(change(audit.EditBalance, "bob"), func(*audit.Note) error { return refusal }); !errors.Is(err, refusal) {
		t.Errorf("%v", err)
	}
	if got := d.latest(t, 1, ""); !slices.Equal(got, []string{"2 edit balance bob refused exceeded maximum balance"}) {
		t.Errorf("%q", got)
	}
	if err := d.Write(change(audit.EditBalance, "bob"), func(*audit.Note) error { return context.Canceled }); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if got := d.latest(t, 1, ""); !slices.Equal(got, []string{"3 edit balance bob begun context canceled"}) {
		t.Errorf("%q", got)
	}
	d.broken = true
	if err := d.Write(change(audit.EditBalance, "bob"), func(n *audit.Note) error { return d.Apply(n.Batch()) }); !errors.Is(err, errDisk) {
		t.Errorf("%v", err)
	}
	if told := d.told.String(); !strings.Contains(told, "outcome=begun entry=4") { // the outcome is unknown
		t.Errorf("%s", told)
	}
}

func TestSeveralChangesAreOneStep(t *testing.T) {
	d := open(t, nil)
	both := []audit.Change{change(audit.ImportBalance, "alice"), change(audit.ImportBalance, "bob")}
	err := d.WriteAll(both, func(notes []*audit.Note) error {
		notes[1].Detail("postedAfter", "250")
		return d.Apply(append(notes[0].Batch(), notes[1].Batch()...))
	})
	if err != nil || len(d.applied) != 1 || len(d.applied[0]) != 2 {
		t.Fatalf("%q, %v", d.applied, err)
	}
	refusal := errors.New("beyond the limits")
	if err := d.WriteAll(both, func([]*audit.Note) error { return refusal }); !errors.Is(err, refusal) {
		t.Errorf("%v", err)
	}
	want := []string{
		"4 import balance bob refused beyond the limits", "3 import balance alice refused beyond the limits",
		"2 import balance bob done", "1 import balance alice done",
	}
	if got := d.latest(t, 9, ""); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestNumbersGoOnAfterARestart(t *testing.T) {
	d := open(t, nil)
	for range 12 {
		if err := d.Do(change(audit.Settle, "a"), nothing); err != nil {
			t.Fatal(err)
		}
	}
	again := open(t, d.Store)
	if err := again.Do(change(audit.Settle, "b"), nothing); err != nil {
		t.Fatal(err)
	}
	if got := again.latest(t, 2, ""); !slices.Equal(got, []string{"13 settle b done", "12 settle a done"}) {
		t.Errorf("%q", got)
	}
}

func TestOldestEntryIsForgotten(t *testing.T) {
	d := open(t, nil)
	slow := func() error { // in the middle of the first change, all the others come
		for range audit.EntriesMax + 2 {
			if err := d.Write(change(audit.EditBalance, "a"), func(n *audit.Note) error { return d.Apply(n.Batch()) }); err != nil {
				return err
			}
		}
		return nil
	}
	if err := d.Do(change(audit.Settle, "slow"), slow); err != nil {
		t.Fatal(err)
	}
	all, err := d.Latest(2*audit.EntriesMax, "")
	if err != nil || len(all) != audit.EntriesMax || all[0].Seq != audit.EntriesMax+3 || all[len(all)-1].Seq != 4 {
		t.Errorf("%d entries, %v", len(all), err)
	}
}

func TestTextsAreBounded(t *testing.T) {
	d := open(t, nil)
	details := map[string]string{"message": strings.Repeat("m", 5000)}
	c := audit.Change{What: audit.DismissAlert, Reason: strings.Repeat("漢", 400), Details: details}
	err := d.Write(c, func(n *audit.Note) error {
		n.Detail("more", strings.Repeat("x", 5000))
		return d.Apply(n.Batch())
	})
	if err != nil {
		t.Fatal(err)
	}
	all, err := d.Latest(1, "")
	if err != nil {
		t.Fatal(err)
	}
	e := all[0]
	if len(e.Reason) != 498 || !utf8.ValidString(e.Reason) || len(e.Details["message"]) != 1023 || len(e.Details["more"]) != 1023 {
		t.Errorf("%d, %d and %d bytes: %+v", len(e.Reason), len(e.Details["message"]), len(e.Details["more"]), e)
	}
	if len(details) != 1 || len(details["message"]) != 5000 {
		t.Error("the caller's details have changed")
	}
}

func TestEntriesOfOthersAreRefused(t *testing.T) {
	for key, value := range map[string]string{
		"audit/00000000000000000001": `{"version":2}`,
		"audit/00000000000000000002": `no JSON`,
		"audit/one":                  `{"version":1}`,
	} {
		s := memory.New(slog.New(slog.DiscardHandler))
		if err := s.Apply(store.Batch{{Key: key, Value: []byte(value)}}); err != nil {
			t.Fatal(err)
		}
		l, err := audit.Open(audit.Options{Ledger: s})
		if err == nil {
			_, err = l.Latest(1, "")
		}
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestNoTwoEntriesHaveOneNumber(t *testing.T) {
	s := memory.New(slog.New(slog.DiscardHandler))
	l, err := audit.Open(audit.Options{Ledger: s, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			for range 5 {
				if err := l.Do(change(audit.Settle, "a"), nothing); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if all, err := l.Latest(200, ""); err != nil || len(all) != 100 || all[0].Seq != 100 {
		t.Errorf("%d entries, %v", len(all), err)
	}
}
