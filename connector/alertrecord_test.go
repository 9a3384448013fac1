package connector

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/storetest"
)

// formerAlerts is what a former version has written.
const formerAlerts = `[{"id":1614859200123,"accountId":"alice","triggeredBy":"test.x","message":"m","count":3,` +
	`"createdAt":"2021-03-04T12:00:00.123Z","updatedAt":"2021-03-04T12:00:01.123Z"},` +
	`{"id":1614859200125,"accountId":"bob","triggeredBy":"","message":"n","count":1,` +
	`"createdAt":"2021-03-04T12:00:00.124Z","updatedAt":"2021-03-04T12:00:00.124Z"}]`

func TestAlertsOfAFormerVersionAreTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.UnixMilli(1614859200126))) // after formerAlerts
		s := newRecording()
		storetest.MustApply(t, s.Store, store.Batch{{Key: "alerts", Value: []byte(formerAlerts)}})
		s.fail(errors.New("killed")) // before the first write
		_, end := alertsOf(t, s, quiet)
		rest(time.Second)
		end()
		s.fail(nil)

		alerts, end := alertsOf(t, s, quiet)
		want := alerts.All()
		if len(want) != 2 || want[0].Count != 3 || want[1].AccountID != "bob" {
			t.Fatalf("alerts are %+v", want)
		}
		synctest.Wait()
		keys := []string{"alerts", "alerts/00000001614859200123", "alerts/00000001614859200125"}
		if writes := s.take(); len(writes) != 1 || !slices.Equal(slices.Sorted(slices.Values(writes[0].keys)), keys) {
			t.Errorf("written are %+v", writes)
		}
		if got := slices.Sorted(maps.Keys(s.kept(t))); !slices.Equal(got, keys[1:]) {
			t.Errorf("kept are %q", got)
		}
		alerts.Raise(time.Now(), "carol", "", "new")
		rest(time.Second)
		if writes := s.take(); len(writes) != 1 || len(writes[0].keys) != 1 {
			t.Errorf("then written are %+v", writes)
		}
		want = alerts.All()
		end()
		again, end := alertsOf(t, s, quiet)
		defer end()
		if got := again.All(); !slices.Equal(got, want) {
			t.Errorf("alerts are %+v, want %+v", got, want)
		}
	})
}

// A former version may have kept a megabyte. It is taken over whole or not at all.
func TestManyAlertsOfAFormerVersionAreTakenOverAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var list []string
		for i := range 1000 {
			list = append(list, fmt.Sprintf(`{"id":%d,"accountId":"a%d","triggeredBy":"test.x","message":"%01000d","count":1,`+
				`"createdAt":"2021-03-04T12:00:00.124Z","updatedAt":"2021-03-04T12:00:00.124Z"}`, i+1, i, i))
		}
		s := newRecording()
		storetest.MustApply(t, s.Store, store.Batch{{Key: "alerts", Value: []byte("[" + strings.Join(list, ",") + "]")}})
		_, end := alertsOf(t, s, quiet)
		defer end()
		synctest.Wait()
		if writes := s.take(); len(writes) != 1 || len(writes[0].keys) != 1001 {
			t.Errorf("%d writes", len(writes))
		}
	})
}

// The largest id that can be read leaves none for later alerts. The record gets another
// id, in one write, so that a crash loses none of many.
func TestAlertsWithTheLargestIDsLeaveRoomForLaterOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newRecording()
		const n = 300
		var former store.Batch
		for i := range int64(n) {
			a := account.Alert{ID: alertNumberMax - i, AccountID: "alice", Message: fmt.Sprintf("%01000d", i), Count: 1}
			former = append(former, store.Change{Key: alertKey(a.ID), Value: marshalAlert(a)})
		}
		storetest.MustApply(t, s.Store, former)
		alerts, end := alertsOf(t, s, quiet)
		synctest.Wait()
		if writes := s.take(); len(writes) != 1 || len(writes[0].keys) != 2*n {
			t.Errorf("%d writes", len(writes))
		}
		alerts.RaiseMoney(time.Now(), "alice", "late", "money is lost")
		want := alerts.All()
		end()
		again, end := alertsOf(t, s, quiet)
		defer end()
		if got := again.All(); len(got) != n+1 || !slices.Equal(got, want) {
			t.Errorf("there are %d alerts, not %d", len(got), len(want))
		}
	})
}

func TestDamagedAlertsAreDroppedAndTheOthersStay(t *testing.T) {
	const good = `{"id":7,"accountId":"bob","triggeredBy":"","message":"good","count":1,` +
		`"createdAt":"2021-03-04T12:00:00.124Z","updatedAt":"2021-03-04T12:00:00.124Z"}`
	for _, c := range damagedAlerts {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var text bytes.Buffer
				s := newRecording()
				storetest.MustApply(t, s.Store, store.Batch{
					{Key: c.key, Value: []byte(c.value)}, {Key: "alerts/00000000000000000007", Value: []byte(good)},
					{Key: "alertsnot", Value: []byte("of another kind")},
				})
				alerts, end := alertsOf(t, s, slog.New(slog.NewTextHandler(&text, nil)))
				alerts.Raise(time.Now(), "bob", "", "new")
				rest(time.Second)
				end()
				if all := alerts.All(); len(all) != 2 || all[0].Message != "good" {
					t.Errorf("alerts are %+v", all)
				}
				if n := strings.Count(text.String(), "\n"); n != 1 || !strings.Contains(text.String(), c.key) {
					t.Errorf("the log says %q", text.String())
				}
				kept := s.kept(t)
				if _, there := kept[c.key]; there || len(kept) != 3 || kept["alertsnot"] == "" {
					t.Errorf("kept are %q", kept)
				}
			})
		})
	}
}

// damagedAlerts are entries of a store that are no alerts, though their keys say so.
var damagedAlerts = []struct{ name, key, value string }{
	{"nothing", "alerts/00000000000000000005", ""},
	{"null", "alerts/00000000000000000005", "null"},
	{"no JSON", "alerts/00000000000000000005", `{"id":5,"accountId":"al`},
	{"of another id", "alerts/00000000000000000005", `{"id":6,"count":1}`},
	{"several", "alerts/00000000000000000005", `{"id":5,"count":1},{"id":5,"count":1}`},
	{"a key without zeros", "alerts/5", `{"id":5,"count":1}`},
	{"a key without an id", "alerts/", `{"id":5,"count":1}`},
	{"no time", "alerts/00000000000000000005", `{"id":5,"count":1,"createdAt":"yesterday"}`},
	{"no state", "alerts/00000000000000000005", `{"id":5,"count":1,"state":"asleep"}`},
	{"no count", "alerts/00000000000000000005", `{"id":5,"count":0}`},
	{"an id after which there is none", "alerts/09223372036854775807", `{"id":9223372036854775807,"count":1}`},
	{"an id that is negative", "alerts/-0000000000000000005", `{"id":-5,"count":1}`},
	{"a list that is none", "alerts", `[{"id":5`},
	{"a list with an alert that is none", "alerts", `[{"id":5,"count":1},{"id":0,"count":1}]`},
}
