package settle

import (
	"bytes"
	"errors"
	"regexp"
	"testing"
	"time"

	"github.com/ilp-go/connector/store"
)

func example() *Settlement {
	return &Settlement{
		ID: "1", AccountID: "bob", State: Unknown, Amount: amount(1234),
		Payment: Payment{ID: "1", Amount: amount(12), Scale: 7},
		Created: time.Unix(1, 0).UTC(), Updated: time.Unix(2, 0).UTC(), Reason: "timeout",
		age: time.Hour, seen: time.Unix(3, 0).UTC(),
	}
}

func TestSettlementIsReadAsWritten(t *testing.T) {
	s := example()
	got, err := readSettlement("bob", "1", s.change().Value)
	if err != nil || *got != *s {
		t.Errorf("read %+v, %v; want %+v", got, err, s)
	}
	if key := s.change().Key; key != "settlements/bob/1" {
		t.Errorf("key %q", key)
	}
}

func TestEveryPrefixOfASettlementIsRefused(t *testing.T) {
	value := example().change().Value
	for n := range value {
		if s, err := readSettlement("bob", "1", value[:n]); err == nil {
			t.Errorf("%d bytes are read as %+v", n, s)
		}
	}
}

func TestSettlementsOfAnotherVersionAreRefused(t *testing.T) {
	value := bytes.Replace(example().change().Value, []byte(`"version":1`), []byte(`"version":2`), 1)
	if _, err := readSettlement("bob", "1", value); !errors.Is(err, errVersion) {
		t.Error(err)
	}
	d := newDisk()
	_ = d.Apply(store.Batch{{Key: "settlements/bob/1", Value: value}})
	if _, err := loadSettlements(&process{disk: d}, "bob"); !errors.Is(err, errVersion) {
		t.Error(err)
	}
}

func TestSettlementsAreLoadedOldestFirst(t *testing.T) {
	d := newDisk()
	for i, id := range []string{"c", "a", "b"} {
		s := example()
		s.ID, s.Created = id, time.Unix(int64(i), 0)
		_ = d.Apply(store.Batch{s.change()})
	}
	other := example()
	other.AccountID = "bobby"
	_ = d.Apply(store.Batch{other.change()})
	log, err := loadSettlements(&process{disk: d}, "bob")
	all := log.all
	if err != nil || len(all) != 3 || all[0].ID != "c" || all[2].ID != "b" {
		t.Errorf("%v, %v", all, err)
	}
}

func TestIDsAreRandomUUIDs(t *testing.T) {
	form := regexp.MustCompile(`\A[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\z`)
	seen := make(map[string]bool)
	for range 1000 {
		id := newID()
		if !form.MatchString(id) || seen[id] {
			t.Fatal(id)
		}
		seen[id] = true
	}
}

func FuzzReadSettlement(f *testing.F) {
	f.Add(example().change().Value)
	f.Add([]byte(`{"version":1,"state":"sent","amount":"-0","pay":"1","scale":256}`))
	f.Fuzz(func(t *testing.T, value []byte) {
		s, err := readSettlement("bob", "1", value)
		if err != nil {
			return
		}
		again, err := readSettlement("bob", "1", s.change().Value)
		if err != nil || again.State != s.State || again.Amount != s.Amount || again.Payment != s.Payment {
			t.Fatalf("%+v is read as %+v, %v", s, again, err)
		}
	})
}
