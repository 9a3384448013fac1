package store_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/ilp-go/connector/store"
)

func TestParseDurability(t *testing.T) {
	const ms = store.Durability(time.Millisecond)
	for _, c := range []struct {
		setting any
		want    store.Durability
		ok      bool
	}{
		{nil, store.Sync, true}, {"sync", store.Sync, true},
		{"1", ms, true}, {json.Number("250"), 250 * ms, true}, {100, 100 * ms, true}, {float64(60_000), 60_000 * ms, true},
		{"0", 0, false}, {0, 0, false}, {"-1", 0, false}, {"60001", 0, false}, {"4294967297", 0, false}, {"1.5", 0, false},
		{"", 0, false}, {"Sync", 0, false}, {true, 0, false}, {[]any{"sync"}, 0, false},
	} {
		got, err := store.ParseDurability(c.setting)
		if got != c.want || (err == nil) != c.ok {
			t.Errorf("%#v is %s: %v", c.setting, got, err)
		}
		if err == nil && got.Validate() != nil {
			t.Errorf("%s is not valid", got)
		}
	}
}

func TestDurabilityIsWritten(t *testing.T) {
	if got := store.Sync.String() + " " + store.Durability(1500*time.Millisecond).String(); got != "sync 1.5s" {
		t.Error(got)
	}
}

func TestImpossibleIntervalIsRefused(t *testing.T) {
	for _, d := range []store.Durability{-1, 1, store.Durability(time.Hour)} {
		if d.Validate() == nil {
			t.Errorf("%d is taken", d)
		}
	}
}
