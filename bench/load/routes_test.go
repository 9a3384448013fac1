package load

import (
	"fmt"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ccp"
)

func TestUpdatesTellEachChangeOnceAndInOrder(t *testing.T) {
	var announce, withdraw []string
	for i := range 5000 {
		announce = append(announce, fmt.Sprintf("test.far.%05d", i))
		withdraw = append(withdraw, fmt.Sprintf("test.gone.%05d", i))
	}
	table := NewTable("test.n0000")
	now := time.UnixMilli(nowMs)
	table.Updates(announce[:10], nil, nil, now) // so that it does not begin at epoch 0
	updates := table.Updates(announce, withdraw[:4000], []string{"test.detour"}, now)

	epoch := uint32(10)
	var told, gone []string
	for i, b := range updates {
		p, err := ilp.ParsePrepare(b)
		if err != nil {
			t.Fatal(err)
		}
		u, err := ccp.ParseRouteUpdate(&p, nowMs)
		if err != nil {
			t.Fatal(err)
		}
		n := len(u.NewRoutes) + len(u.WithdrawnRoutes)
		if u.FromEpoch != epoch || u.ToEpoch != epoch+uint32(n) || u.CurrentEpoch != 9010 {
			t.Fatalf("update %d goes from %d to %d of %d, after %d", i, u.FromEpoch, u.ToEpoch, u.CurrentEpoch, epoch)
		}
		if n > updateRoutesMax || i < len(updates)-1 && n < updateRoutesMax || len(p.Data()) > ccp.DataBytesMax {
			t.Fatalf("update %d has %d changes in %d bytes", i, n, len(p.Data()))
		}
		if i < len(updates)-1 && (len(u.NewRoutes) == 0 || len(u.WithdrawnRoutes) == 0) {
			t.Fatalf("update %d tells of one kind of change only", i)
		}
		epoch = u.ToEpoch
		for _, r := range u.NewRoutes {
			if len(r.Path) != 2 || r.Path[0] != "test.n0000" || r.Path[1] != "test.detour" {
				t.Fatalf("path %v", r.Path)
			}
			told = append(told, r.Prefix)
		}
		gone = append(gone, u.WithdrawnRoutes...)
	}
	if fmt.Sprint(told) != fmt.Sprint(announce) || fmt.Sprint(gone) != fmt.Sprint(withdraw[:4000]) {
		t.Error("what was told is not what has changed")
	}
}

func TestNothingToTell(t *testing.T) {
	if updates := NewTable("test.n").Updates(nil, nil, nil, time.Now()); len(updates) > 0 {
		t.Errorf("%d updates", len(updates))
	}
}
