package account_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/ilp-go/connector/account"
)

func enter(t *testing.T, b *account.Registry, id string) *account.Account {
	t.Helper()
	a := account.New(id, account.Settings{})
	if err := b.Add(a); err != nil {
		t.Fatal(err)
	}
	return a
}

func idsOf(accounts []*account.Account) (ids []string) {
	for _, a := range accounts {
		ids = append(ids, a.ID)
	}
	return ids
}

func TestBookKeepsTheOrderAndNumbersDensely(t *testing.T) {
	b := account.NewRegistry()
	if len(b.All()) != 0 || b.Find("x") != nil || b.Remove("x") != nil {
		t.Error("the new registry is not empty")
	}
	ids := []string{"zoe", "alice", "mia", ""}
	for i, id := range ids {
		if a := enter(t, b, id); a.Number != uint32(i) || b.Find(id) != a {
			t.Errorf("%s has number %d, want %d", id, a.Number, i)
		}
	}
	if got := idsOf(b.All()); !slices.Equal(got, ids) {
		t.Errorf("the order is %q", got)
	}
}

func TestNumberStaysWithItsID(t *testing.T) {
	b := account.NewRegistry()
	first, second := enter(t, b, "alice"), enter(t, b, "bob")
	if b.Remove("alice") != first || b.Remove("alice") != nil {
		t.Error("it was not there once")
	}
	third := enter(t, b, "carol")
	if third.Number != 2 {
		t.Errorf("carol got number %d, which was another's", third.Number)
	}
	again := enter(t, b, "alice")
	if again.Number != first.Number {
		t.Errorf("alice comes again with number %d", again.Number)
	}
	if got := idsOf(b.All()); !slices.Equal(got, []string{"alice", "bob", "carol"}) || b.Find("bob") != second {
		t.Errorf("the order is %q", got)
	}
}

func TestIDIsInTheBookOnce(t *testing.T) {
	b := account.NewRegistry()
	first := enter(t, b, "alice")
	err := b.Add(account.New("alice", account.Settings{}))
	if err == nil || err.Error() != `account "alice" is already there` {
		t.Errorf("got %v", err)
	}
	if b.Find("alice") != first || len(b.All()) != 1 {
		t.Error("the registry was changed")
	}
}

func TestListOnceReadDoesNotChange(t *testing.T) {
	b := account.NewRegistry()
	enter(t, b, "alice")
	enter(t, b, "bob")
	before := b.All()
	b.Remove("alice")
	enter(t, b, "carol")
	if got := idsOf(before); !slices.Equal(got, []string{"alice", "bob"}) {
		t.Errorf("it is %q now", got)
	}
}

// Readers see one consistent list, whatever writers do.
func TestBookIsReadWhileItIsWritten(t *testing.T) {
	b := account.NewRegistry()
	enter(t, b, "always")
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				seen := make(map[uint32]bool)
				for _, a := range b.All() {
					if seen[a.Number] {
						t.Errorf("number %d is there twice", a.Number)
					}
					seen[a.Number] = true
				}
				if b.Find("always") == nil || !seen[0] {
					t.Error("an account was missing")
				}
			}
		})
	}
	var writers sync.WaitGroup
	for w := range 2 {
		writers.Go(func() {
			for i := range 300 {
				id := fmt.Sprint(w, "-", i%7)
				if b.Remove(id) == nil {
					enter(t, b, id)
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
}

func TestAccountIsReplacedInItsPlace(t *testing.T) {
	b := account.NewRegistry()
	enter(t, b, "alice")
	bob := enter(t, b, "bob")
	enter(t, b, "carol")
	bob.Counters.RateLimited.Add(3)
	bob.SetAddress("test.us.bob")
	before := b.All()
	changed := bob.Changed(account.Settings{AssetCode: "EUR"})
	if b.Replace(changed) != bob || b.Find("bob") != changed || changed.Number != 1 {
		t.Errorf("it is not in the place of the former one: number %d", changed.Number)
	}
	if got := b.All(); got[1] != changed || len(got) != 3 || before[1] != bob {
		t.Errorf("the list is %q, and that from before %q", idsOf(got), idsOf(before))
	}
	if changed.AssetCode != "EUR" || changed.Counters.RateLimited.Load() != 3 || !changed.Speaks([]byte("test.us.bob")) {
		t.Error("its settings are not new, or its state is")
	}
	if b.Replace(account.New("dora", account.Settings{})) != nil || b.Find("dora") != nil || len(b.All()) != 3 {
		t.Error("an account that was not there was put in a place")
	}
}
