package account_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
)

// ended returns the alerts that are raised no more, in the order of their ids.
func ended(l *account.Alerts) (ended []account.Alert) {
	for _, a := range l.History() {
		if a.State != account.AlertRaised {
			ended = append(ended, a)
		}
	}
	return ended
}

func TestOneAlertForEachAccountAndKind(t *testing.T) {
	l := account.NewAlerts(noon)
	l.RaiseKind(noon, "alice", "routes", "3 prefixes")
	l.RaiseKind(noon.Add(time.Hour), "alice", "routes", "5 prefixes")
	l.RaiseKind(noon, "alice", "link", "5 prefixes")
	l.RaiseKind(noon, "bob", "routes", "5 prefixes")
	start := noon.Truncate(time.Millisecond)
	want := account.Alert{
		ID: noon.UnixMilli(), AccountID: "alice", Message: "5 prefixes", Count: 2,
		CreatedAt: start, UpdatedAt: start.Add(time.Hour), Kind: "routes",
	}
	if all := l.All(); len(all) != 3 || all[0] != want {
		t.Errorf("alerts are %+v, the first should be %+v", all, want)
	}
}

func TestAlertResolvesWhenItsCauseIsGone(t *testing.T) {
	for name, raise := range map[string]func(l *account.Alerts, at time.Time){
		"of a kind": func(l *account.Alerts, at time.Time) { l.RaiseKind(at, "alice", "link", "it fails") },
		"of money":  func(l *account.Alerts, at time.Time) { l.RaiseMoney(at, "alice", "link", "it fails") },
		"of a text": func(l *account.Alerts, at time.Time) { l.Raise(at, "alice", "", "link") },
		"of others": func(l *account.Alerts, at time.Time) { l.Raise(at, "alice", "\xff", "link") },
		"of a peer": func(l *account.Alerts, at time.Time) { l.Raise(at, "alice", "test.x", "link") },
	} {
		t.Run(name, func(t *testing.T) {
			l := account.NewAlerts(noon)
			l.Resolve(noon, "alice", "link") // there is none
			raise(l, noon)
			l.RaiseKind(noon, "alice", "other", "it fails")
			l.RaiseKind(noon, "bob", "link", "it fails")
			l.Resolve(noon.Add(time.Minute), "alice", "link")
			l.Resolve(noon.Add(time.Hour), "alice", "link") // it has ended
			if all := l.All(); len(all) != 2 || all[0].Kind != "other" || all[1].AccountID != "bob" {
				t.Errorf("raised are %+v", all)
			}
			gone := ended(l)
			if len(gone) != 1 || gone[0].State != account.AlertResolved || !gone[0].EndedAt.Equal(noon.Add(time.Minute).Truncate(time.Millisecond)) {
				t.Fatalf("ended are %+v", gone)
			}
			raise(l, noon.Add(2*time.Hour))
			all := l.All()
			if len(all) != 3 || all[2].ID <= gone[0].ID || all[2].Count != 1 || all[2].State != account.AlertRaised {
				t.Errorf("raised anew there are %+v", all)
			}
			if again := ended(l); len(again) != 1 || again[0] != gone[0] {
				t.Errorf("ended are %+v", again)
			}
		})
	}
}

func TestResolveEndsAllOriginsOfAMessage(t *testing.T) {
	l := account.NewAlerts(noon)
	for i := range 20 {
		l.Raise(noon, "alice", fmt.Sprint("test.", i), "m")
	}
	l.Raise(noon, "alice", "test.0", "n")
	l.Resolve(noon, "alice", "m")
	if all := l.All(); len(all) != 1 || all[0].Message != "n" {
		t.Errorf("raised are %+v", all)
	}
	if gone := ended(l); len(gone) != textsMax+1 {
		t.Errorf("ended are %+v", gone)
	}
}

func TestDismissalIsRemembered(t *testing.T) {
	l := account.NewAlerts(noon)
	l.RaiseMoney(noon, "alice", "late", "m")
	l.Raise(noon, "alice", "test.x", "m")
	l.RaiseKind(noon, "alice", "link", "m")
	id := l.All()[0].ID
	l.Dismiss(noon.Add(time.Second), id)
	l.Dismiss(noon.Add(time.Minute), id)
	if gone := ended(l); len(gone) != 1 || gone[0].ID != id || gone[0].State != account.AlertDismissed || gone[0].EndedAt.Sub(gone[0].CreatedAt) != time.Second {
		t.Errorf("ended are %+v", gone)
	}
	if gone := l.DismissAll(noon.Add(time.Hour)); len(gone) != 2 || gone[0].TriggeredBy != "test.x" || gone[1].State != account.AlertDismissed {
		t.Errorf("dismissed are %+v", gone)
	}
	if all := l.All(); len(all) != 0 || len(ended(l)) != 3 {
		t.Errorf("raised are %+v, ended %+v", all, ended(l))
	}
}

func TestRemovedAccountHasNoAlertsThatCouldEnd(t *testing.T) {
	l := account.NewAlerts(noon)
	l.RaiseKind(noon, "alice", "link", "m")
	l.RaiseKind(noon, "alice", "routes", "m")
	l.RaiseStrangers(noon, "alice", "logins", "m")
	l.RaiseKind(noon, "bob", "link", "m")
	l.RaiseMoney(noon, "alice", "late", "m")
	l.Raise(noon, "alice", "test.x", "m")
	l.ResolveAccount(noon, "alice")
	l.ResolveAccount(noon, "carol")
	if all := l.All(); len(all) != 3 || all[0].AccountID != "bob" || all[1].Kind != "late" || all[2].TriggeredBy != "test.x" {
		t.Errorf("raised are %+v", all)
	}
}

// A cause of the last run that is still there is raised again. All others are gone.
func TestAlertsOfTheLastRunResolveUnlessTheyAreRaisedAgain(t *testing.T) {
	before := account.NewAlerts(noon)
	before.RaiseKind(noon, "alice", "goes", "m")
	before.RaiseStrangers(noon, "alice", "strangers go", "m")
	before.RaiseKind(noon, "alice", "stays", "m")
	before.RaiseKind(noon, "alice", "there already", "m")
	before.RaiseMoney(noon, "alice", "late", "m")
	before.Raise(noon, "alice", "", "without a kind")
	before.RaiseKind(noon, "alice", "ended", "m")
	before.Resolve(noon, "alice", "ended")
	start := noon.Add(time.Hour)
	l := account.NewAlerts(start)
	l.RaiseKind(start, "alice", "there already", "n")
	l.RaiseKind(start, "alice", "new", "n")
	l.Restore(before.History())
	l.RaiseKind(start, "alice", "stays", "n")
	l.ResolveFormer(start.Add(time.Minute))
	var got []string
	for _, a := range l.History() {
		got = append(got, fmt.Sprint(a.Kind, a.Message, a.Count, a.State))
	}
	const want = "[goesm1resolved strangers gom1resolved staysn2 there alreadyn2 latem1 without a kind1 endedm1resolved newn1]"
	if fmt.Sprint(got) != want {
		t.Errorf("alerts are %q,\nwant %s", got, want)
	}
}

func TestAlertsThatEndedAreBounded(t *testing.T) {
	l := account.NewAlerts(noon)
	const bound, ofOne = 200, 8
	for i := range bound {
		l.RaiseKind(noon, fmt.Sprint("a", i), "link", "m")
		l.Resolve(noon, fmt.Sprint("a", i), "link")
	}
	for i := range 3 * ofOne { // a link that comes and goes leaves room for others
		l.RaiseKind(noon, "a7", "link", fmt.Sprint("m", i))
		l.Resolve(noon, "a7", "link")
	}
	gone := ended(l)
	accounts := make(map[string]int)
	for _, a := range gone {
		accounts[a.AccountID]++
	}
	if len(gone) != bound || accounts["a7"] != ofOne || gone[len(gone)-1].Message != fmt.Sprint("m", 3*ofOne-1) {
		t.Errorf("%d are kept, %d of the one: the last is %+v", len(gone), accounts["a7"], gone[len(gone)-1])
	}
}

func TestAllocsOfResolvingNone(t *testing.T) {
	l, _ := full()
	if n := testing.AllocsPerRun(1000, func() { l.Resolve(noon, "a5", "a cause") }); n != 0 {
		t.Errorf("it allocates %v times", n)
	}
}

func TestEndIsTold(t *testing.T) {
	l := account.NewAlerts(noon)
	told := func() bool {
		select {
		case <-l.Changed():
			return true
		default:
			return false
		}
	}
	l.RaiseKind(noon, "alice", "link", "m")
	l.RaiseKind(noon, "alice", "link", "n")
	told()
	if l.RaiseKind(noon, "alice", "link", "n"); told() {
		t.Error("of one that counts up")
	}
	if l.Resolve(noon, "alice", "other"); told() {
		t.Error("of none")
	}
	if l.Resolve(noon, "alice", "link"); !told() {
		t.Error("not of one that resolves")
	}
}
