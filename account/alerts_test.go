package account_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
)

var noon = time.Date(2021, time.March, 4, 12, 0, 0, 123_456_789, time.UTC)

func TestSameTroubleCountsUp(t *testing.T) {
	alerts := account.NewAlerts(noon)
	alerts.Raise(noon, "alice", "test.x", "too much")
	alerts.Raise(noon.Add(time.Second), "alice", "test.x", "too much")
	for _, other := range [][3]string{{"bob", "test.x", "too much"}, {"alice", "test.y", "too much"}, {"alice", "test.x", "other"}} {
		alerts.Raise(noon.Add(time.Minute), other[0], other[1], other[2])
	}
	alerts.Raise(noon.In(time.FixedZone("X", 3600)).Add(time.Hour), "alice", "test.x", "too much")
	all := alerts.All()
	if len(all) != 4 {
		t.Fatalf("there are %+v", all)
	}
	start := noon.Truncate(time.Millisecond)
	if want := (account.Alert{
		ID: noon.UnixMilli(), AccountID: "alice", TriggeredBy: "test.x", Message: "too much", Count: 3,
		CreatedAt: start, UpdatedAt: start.Add(time.Hour),
	}); all[0] != want {
		t.Errorf("the first is %+v, want %+v", all[0], want)
	}
	for i, a := range all {
		if a.ID != noon.UnixMilli()+int64(i) {
			t.Errorf("alert %d has the id %d", i, a.ID)
		}
	}
	all[0].Count = 100
	if alerts.All()[0].Count != 3 {
		t.Error("the list is not a copy")
	}
}

func TestDismissedAlertIsGoneAndMayComeAnew(t *testing.T) {
	alerts := account.NewAlerts(noon)
	alerts.Raise(noon, "alice", "", "a")
	alerts.Raise(noon, "alice", "", "b")
	id := alerts.All()[0].ID
	alerts.Dismiss(noon, id)
	alerts.Dismiss(noon, id)
	alerts.Dismiss(noon, 12345)
	if all := alerts.All(); len(all) != 1 || all[0].Message != "b" {
		t.Errorf("left are %+v", all)
	}
	alerts.Raise(noon, "alice", "", "a")
	if all := alerts.All(); len(all) != 2 || all[1].ID != id+2 || all[1].Count != 1 {
		t.Errorf("there are %+v", all)
	}
}

// Messages are ours, so that their number is no stranger's choice, and yet they are bounded.
func TestAlertsAreBoundedAndTheQuietestGivesWay(t *testing.T) {
	const bound = 1000
	for _, by := range []string{"test.x", ""} {
		alerts := account.NewAlerts(noon)
		for i := range bound {
			alerts.Raise(noon.Add(time.Duration(i)*time.Second), "alice", by, fmt.Sprint("m", i))
		}
		for i := range 10 { // the first are not quiet any more
			alerts.Raise(noon.Add(time.Hour), "alice", by, fmt.Sprint("m", i))
		}
		for i := range 3 {
			alerts.Raise(noon.Add(2*time.Hour), "alice", by, fmt.Sprint("new", i))
		}
		all := alerts.All()
		if len(all) != bound {
			t.Fatalf("%d alerts are kept", len(all))
		}
		if all[9].Message != "m9" || all[10].Message != "m13" || all[bound-1].Message != "new2" {
			t.Errorf("kept were ..., %s, %s, ..., %s", all[9].Message, all[10].Message, all[bound-1].Message)
		}
	}
}

func TestTextsOfAnAlertAreBounded(t *testing.T) {
	alerts := account.NewAlerts(noon)
	long := strings.Repeat("x", 5000)
	alerts.Raise(noon, "alice", long, long)
	alerts.Raise(noon, "alice", long+"y", long)
	all := alerts.All()
	if len(all) != 1 || all[0].Count != 2 || len(all[0].TriggeredBy) != 1023 || len(all[0].Message) != 1023 {
		t.Errorf("%d alerts, the first with %d and %d bytes", len(all), len(all[0].TriggeredBy), len(all[0].Message))
	}
}

func TestAlertsInJSON(t *testing.T) {
	alerts := account.NewAlerts(noon)
	check := func(want string) {
		t.Helper()
		if got, err := json.Marshal(alerts.All()); err != nil || string(got) != want {
			t.Errorf("got %s, %v", got, err)
		}
	}
	check(`[]`)
	alerts.Raise(noon, "alice", "test.x", "m")
	check(`[{"id":1614859200123,"accountId":"alice","triggeredBy":"test.x","message":"m","count":1,` +
		`"createdAt":"2021-03-04T12:00:00.123Z","updatedAt":"2021-03-04T12:00:00.123Z"}]`)
}

func TestAlertsAreRaisedFromAnywhere(t *testing.T) {
	alerts := account.NewAlerts(noon)
	var raising sync.WaitGroup
	for range 4 {
		raising.Go(func() {
			for i := range 200 {
				alerts.Raise(noon, "alice", fmt.Sprint(i%5), "m")
				alerts.All()
			}
		})
	}
	raising.Wait()
	var count int
	for _, a := range alerts.All() {
		count += a.Count
	}
	if count != 800 {
		t.Errorf("%d were counted", count)
	}
}

func TestRestoredAlertsComeFirstAndCountOn(t *testing.T) {
	before := account.NewAlerts(noon)
	before.Raise(noon, "alice", "test.x", "m")
	before.Raise(noon, "bob", "test.x", "m")
	for _, start := range []time.Time{noon.Add(time.Hour), noon.Add(-time.Hour), noon} {
		l := account.NewAlerts(start)
		l.Raise(start, "carol", "", "new")
		l.Restore(before.All())
		l.Raise(start, "alice", "test.x", "m")
		l.Raise(start, "dave", "", "newer")
		var ids []int64
		var who []string
		for _, a := range l.All() {
			ids, who = append(ids, a.ID), append(who, a.AccountID)
		}
		if !slices.Equal(who, []string{"alice", "bob", "carol", "dave"}) || !slices.IsSorted(ids) || len(slices.Compact(ids)) != 4 || l.All()[0].Count != 2 {
			t.Errorf("started at %v: %v of %v", start, ids, who)
		}
	}
}

func TestChangedIsTold(t *testing.T) {
	l := account.NewAlerts(noon)
	told := func() bool {
		select {
		case <-l.Changed():
			return true
		default:
			return false
		}
	}
	if told() {
		t.Error("of nothing")
	}
	l.Raise(noon, "alice", "", "m")
	l.Raise(noon, "alice", "", "m")
	if !told() || told() {
		t.Error("not once of two")
	}
	l.Raise(noon, "alice", "", "m")
	if told() {
		t.Error("of one that counts up")
	}
	l.RaiseMoney(noon, "alice", "late", "1 fulfill")
	l.RaiseMoney(noon, "alice", "late", "1 fulfill")
	if !told() {
		t.Error("not of one about money")
	}
	l.RaiseMoney(noon, "alice", "late", "2 fulfills")
	if !told() {
		t.Error("not of another message")
	}
	l.Dismiss(noon, l.All()[0].ID)
	if !told() {
		t.Error("not of a dismissal")
	}
	l.Dismiss(noon, 12345)
	if told() {
		t.Error("of the dismissal of none")
	}
}
