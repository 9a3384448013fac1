package account_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
)

func TestMoneyAlertsAreGroupedByKindAndSayTheLatest(t *testing.T) {
	l := account.NewAlerts(noon)
	l.RaiseMoney(noon, "alice", "late", "1 fulfill worth 500")
	l.RaiseMoney(noon.Add(time.Hour), "alice", "late", "3 fulfills worth 1500")
	l.RaiseMoney(noon, "alice", "unknown", "1 fulfill worth 500")
	l.RaiseMoney(noon, "bob", "late", "1 fulfill worth 500")
	l.Raise(noon, "alice", "", "late") // is not about money
	start := noon.Truncate(time.Millisecond)
	want := account.Alert{
		ID: noon.UnixMilli(), AccountID: "alice", Message: "3 fulfills worth 1500", Count: 2,
		CreatedAt: start, UpdatedAt: start.Add(time.Hour), About: account.AboutMoney, Kind: "late",
	}
	if all := l.All(); len(all) != 4 || all[0] != want {
		t.Errorf("alerts are %+v, the first should be %+v", all, want)
	}
}

func TestMoneyAlertInJSON(t *testing.T) {
	l := account.NewAlerts(noon)
	l.RaiseMoney(noon, "alice", "late", "m")
	const want = `[{"id":1614859200123,"accountId":"alice","triggeredBy":"","message":"m","count":1,` +
		`"createdAt":"2021-03-04T12:00:00.123Z","updatedAt":"2021-03-04T12:00:00.123Z","about":"money"}]`
	if got, err := json.Marshal(l.All()); err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestMoneyAlertsAreBoundedByAccounts(t *testing.T) {
	const bound = 10_000
	l := account.NewAlerts(noon)
	for i := range bound {
		l.RaiseMoney(noon, fmt.Sprint("a", i), "late", "m")
	}
	l.RaiseMoney(noon, "a0", "late", "m")                      // is not quiet any more
	l.RaiseMoney(noon.Add(time.Hour), "a5000", "unknown", "m") // a1 has been quiet for longest, and all have one
	l.RaiseMoney(noon.Add(time.Hour), "new", "late", "m")      // a5000 has two, of which one is older
	all := l.All()
	if len(all) != bound {
		t.Fatalf("%d alerts are kept", len(all))
	}
	there := make(map[string]int)
	for _, a := range all {
		there[a.AccountID+" "+a.Kind]++
	}
	for _, gone := range []string{"a1 late", "a5000 late"} {
		if there[gone] != 0 {
			t.Errorf("%s is there", gone)
		}
	}
	for _, stays := range []string{"a0 late", "a2 late", "a5000 unknown", "new late"} {
		if there[stays] != 1 {
			t.Errorf("%s is gone", stays)
		}
	}
}
