package settle

import (
	"math/big"
	"testing"
	"time"

	"github.com/ilp-go/connector/store"
)

// Stores of earlier versions hold these bytes, so they must not change without a new version.
func TestRecordsAreWrittenAsBefore(t *testing.T) {
	open, ended, booked := example(), example(), example()
	ended.State, ended.Reason = Confirmed, ""
	booked.State, booked.Reason = Booked, ""
	credit := &Credit{
		Receipt: Receipt{ID: "a/b", Amount: amount(7), Scale: 3}, AccountID: "bob", Credited: amount(1),
		At: time.Unix(1, 0).UTC(), Seen: time.Unix(2, 0).UTC(),
	}
	for _, test := range []struct {
		change store.Change
		want   string
	}{
		{open.change(), `settlements/bob/1 {"version":1,"state":"unknown","amount":"1234","pay":"12","scale":7,` +
			`"created":"1970-01-01T00:00:01Z","updated":"1970-01-01T00:00:02Z","reason":"timeout","age":3600000000000,"seen":"1970-01-01T00:00:03Z"}`},
		{ended.change(), `settlements/bob/1 {"version":1,"state":"confirmed","amount":"1234","pay":"12","scale":7,` +
			`"created":"1970-01-01T00:00:01Z","updated":"1970-01-01T00:00:02Z","paid":true}`},
		{booked.change(), `settlements/bob/1 {"version":1,"state":"booked","amount":"1234","pay":"12","scale":7,` +
			`"created":"1970-01-01T00:00:01Z","updated":"1970-01-01T00:00:02Z"}`},
		{credit.change(), `receipts/bob/a/b {"version":1,"amount":"7","scale":3,"credited":"1",` +
			`"at":"1970-01-01T00:00:01Z","seen":"1970-01-01T00:00:02Z"}`},
		{leftover{big.NewInt(5), 9}.change("bob", "USD"), `leftovers/bob/USD {"version":1,"amount":"5","scale":9}`},
	} {
		if got := test.change.Key + " " + string(test.change.Value); got != test.want {
			t.Errorf("%s\nwant\n%s", got, test.want)
		}
	}
}
