package store_test

import (
	"testing"
	"time"

	"github.com/ilp-go/connector/store"
)

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
