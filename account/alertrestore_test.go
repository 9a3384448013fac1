package account_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
)

// A former version kept all texts of strangers apart.
func TestRestoredTextsAreGrouped(t *testing.T) {
	var former []account.Alert
	for i := range 1000 {
		former = append(former, account.Alert{
			ID: int64(i + 1), AccountID: "alice", TriggeredBy: fmt.Sprint("test.x", i), Message: "m", Count: 2,
			CreatedAt: noon, UpdatedAt: noon.Add(time.Duration(i) * time.Second),
		})
	}
	l := account.NewAlerts(noon)
	l.Restore(former)
	all := l.All()
	if len(all) != textsMax+1 {
		t.Fatalf("there are %+v", all)
	}
	want := account.Alert{
		ID: textsMax + 1, AccountID: "alice", TriggeredBy: "(others)", Message: "m", Count: 2 * (1000 - textsMax),
		CreatedAt: noon, UpdatedAt: noon.Add(999 * time.Second),
	}
	if got := all[textsMax]; got != want {
		t.Errorf("the rest is %+v, want %+v", got, want)
	}
}

// What was raised before the store was read goes on with the alert of the last run.
func TestRestoredAlertsAreOneWithThoseOfTheirGroup(t *testing.T) {
	before := account.NewAlerts(noon)
	before.RaiseMoney(noon, "alice", "late", "2 fulfills")
	before.Raise(noon, "alice", "", "link failed")
	for range 9 {
		before.RaiseMoney(noon, "alice", "late", "3 fulfills")
	}
	later := noon.Add(time.Hour)
	l := account.NewAlerts(later)
	l.RaiseMoney(later, "alice", "late", "1 fulfill")
	l.Raise(later, "bob", "", "link failed")
	l.Restore(before.All())
	all := l.All()
	want := before.All()[0]
	want.Count, want.Message, want.UpdatedAt = 11, "1 fulfill", later.Truncate(time.Millisecond)
	if len(all) != 3 || all[0] != want || all[2].AccountID != "bob" {
		t.Errorf("alerts are %+v, the first should be %+v", all, want)
	}
}

func TestIDsIncreaseAfterARestore(t *testing.T) {
	was := func(id int64, message string) account.Alert {
		return account.Alert{ID: id, AccountID: "alice", Message: message, Count: 1, CreatedAt: noon, UpdatedAt: noon}
	}
	at, year := noon.UnixMilli(), (365 * 24 * time.Hour).Milliseconds()
	for _, c := range []struct {
		name   string
		former []account.Alert
		want   []int64
	}{
		{"nothing", nil, []int64{at, at + 1, at + 2}},
		{"of an earlier run", []account.Alert{was(5, "x"), was(7, "y")}, []int64{5, 7, at, at + 1, at + 2}},
		{"in any order", []account.Alert{was(7, "y"), was(5, "x")}, []int64{5, 7, at, at + 1, at + 2}},
		{"of a clock that was ahead", []account.Alert{was(at+100, "x")}, []int64{at + 100, at + 101, at + 102, at + 103}},
		{"of a clock that was years ahead", []account.Alert{was(1<<53-1, "y"), was(5, "w"), was(1<<53-3, "x")}, []int64{5, at + 2, at + 3, at + 4, at + 5, at + 6}},
		{"of a clock that was a year ahead", []account.Alert{was(at+2+year, "x"), was(at+3+year, "y")}, []int64{at + 2 + year, at + 3 + year, at + 4 + year, at + 5 + year, at + 6 + year}},
		{"of the same moment", []account.Alert{was(at+1, "x")}, []int64{at + 1, at + 2, at + 3, at + 4}},
		{"of the group of a new one", []account.Alert{was(at, "first")}, []int64{at, at + 2, at + 3}},
	} {
		l := account.NewAlerts(noon)
		l.Raise(noon, "alice", "", "first")
		l.Raise(noon, "alice", "", "second")
		l.Restore(c.former)
		l.Raise(noon, "alice", "", "third")
		var ids []int64
		for _, a := range l.All() {
			ids = append(ids, a.ID)
		}
		if !slices.Equal(ids, c.want) {
			t.Errorf("%s: ids are %d, want %d", c.name, ids, c.want)
		}
	}
}

// An id far ahead leaves no room for those of later alerts: the largest is 2^53-1.
func TestAlertsWithNewIDsKeepTheirOrder(t *testing.T) {
	var former []account.Alert
	for i, message := range []string{"d", "c", "b", "a"} { // the last one was quiet longest
		former = append(former, account.Alert{
			ID: 1<<53 - 1 - int64(i), AccountID: "alice", Message: message, Count: 1,
			CreatedAt: noon, UpdatedAt: noon.Add(time.Duration(i) * time.Second),
		})
	}
	l := account.NewAlerts(noon)
	l.Restore(former)
	l.RaiseMoney(noon, "alice", "late", "e")
	var order string
	for _, a := range l.All() {
		order += a.Message
		if a.ID > noon.UnixMilli()+10 {
			t.Errorf("%s has the id %d", a.Message, a.ID)
		}
	}
	if order != "abcde" {
		t.Errorf("the order is %s", order)
	}
}

func TestRestoreStaysWithinTheBounds(t *testing.T) {
	var former []account.Alert
	for i := range 3000 {
		former = append(former, account.Alert{
			ID: int64(i + 1), AccountID: fmt.Sprint("a", i), TriggeredBy: "test.x", Message: "m", Count: 1,
			UpdatedAt: noon.Add(time.Duration(-i) * time.Second),
		})
	}
	l := account.NewAlerts(noon)
	l.Restore(former)
	all := l.All()
	if len(all) != 1000 || all[0].ID != 1 || all[999].ID != 1000 {
		t.Errorf("%d alerts from %d on: those that were quiet longest should be gone", len(all), all[0].ID)
	}
}
