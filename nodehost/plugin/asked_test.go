package plugin

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/memory"
)

// payments returns the ids of the payments in a store, sorted.
func paymentsIn(t *testing.T, s store.Store) (ids []string) {
	t.Helper()
	if err := s.Load(paymentPrefix, func(key string, _ []byte) error {
		ids = append(ids, strings.TrimPrefix(key, paymentPrefix))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(ids)
	return ids
}

// begun writes down that a payment begins, and returns how many changes that took.
func begun(t *testing.T, p *paymentLog, s store.Store, id string) int {
	t.Helper()
	changes, _, _, err := p.begin(s, paymentPrefix+id)
	if err == nil {
		err = s.Apply(changes)
	}
	if err != nil {
		t.Fatal(err)
	}
	return len(changes)
}

// The oldest payments are deleted, in whatever order their ids are, by each process.
func TestOldestPaymentsAreDeleted(t *testing.T) {
	s := memory.New(slog.New(slog.DiscardHandler))
	id := func(i int) string { return fmt.Sprintf("%04d", (i*7919)%10000) } // in no order
	p := new(paymentLog)
	const all = paymentsMax + 500
	for i := range all {
		if i%97 == 0 {
			p = new(paymentLog) // the next process
		}
		if n := begun(t, p, s, id(i)); n > 2 {
			t.Fatalf("%d changes", n)
		}
	}
	var want []string
	for i := all - paymentsMax; i < all; i++ {
		want = append(want, id(i))
	}
	slices.Sort(want)
	if got := paymentsIn(t, s); !slices.Equal(got, want) {
		t.Errorf("%d are left, want %d; the oldest %s, want %s", len(got), len(want), got[0], want[0])
	}
}

// What an earlier version has left is the oldest, and goes little by little.
func TestPaymentsOfAnEarlierVersionAreDeletedInSteps(t *testing.T) {
	s := memory.New(slog.New(slog.DiscardHandler))
	for i := range 3 * paymentsMax {
		value := []string{"made", "asked", "asked Error: 500 is too much"}[i%3]
		if err := s.Apply(store.Batch{{Key: fmt.Sprint(paymentPrefix, "old ", i), Value: []byte(value)}}); err != nil {
			t.Fatal(err)
		}
	}
	p := new(paymentLog)
	for i := range 30 {
		if n := begun(t, p, s, fmt.Sprint("new ", i)); n > prunedMax+1 {
			t.Fatalf("%d changes at once", n)
		}
	}
	left := paymentsIn(t, s)
	if len(left) != paymentsMax || !strings.HasPrefix(left[29], "new ") {
		t.Errorf("%d are left: %q", len(left), left[:40])
	}
}

// A payment that was not written, or was not made, counts as none.
func TestPaymentsThatAreTakenBackDeleteNothing(t *testing.T) {
	s := memory.New(slog.New(slog.DiscardHandler))
	p := new(paymentLog)
	for i := range paymentsMax {
		begun(t, p, s, fmt.Sprint(i))
	}
	for range 5 {
		_, _, undo, err := p.begin(s, paymentPrefix+"x")
		if err != nil {
			t.Fatal(err)
		}
		undo()
	}
	if changes, _, _, err := p.begin(s, paymentPrefix+"y"); err != nil || len(changes) != 2 || changes[0].Key != paymentPrefix+"0" {
		t.Errorf("%v %v", changes, err)
	}
	p.forget(paymentPrefix + "y")
	if changes, _, _, err := p.begin(s, paymentPrefix+"z"); err != nil || len(changes) != 1 {
		t.Errorf("%v %v", changes, err)
	}
}

func TestWhatIsWrittenOfAPaymentIsRead(t *testing.T) {
	for text, want := range map[string]string{
		string(paymentText(paymentAsked, 17, "")):                      `asked 17 ""`,
		string(paymentText(paymentAsked, 17, "Error: 5#6 x")):          `asked 17 "Error: 5#6 x"`,
		string(paymentText(paymentMade, 1, "")):                        `made 1 ""`,
		string(paymentText(paymentMade, 1, strings.Repeat("x", 1000))): `made 1 "` + strings.Repeat("x", errorBytesMax) + `"`,
		"made":             `made 0 ""`,
		"asked":            `asked 0 ""`,
		"asked Error: 5#6": `asked 0 "Error: 5#6"`,
	} {
		state, number, message := readPayment(text)
		if got := fmt.Sprintf("%s %d %q", state, number, message); got != want {
			t.Errorf("%q is read as %s, want %s", text, got, want)
		}
	}
}

// A store that cannot be read lets no payment begin, and is read again for the next.
func TestPaymentsNeedTheStore(t *testing.T) {
	s := memory.New(slog.New(slog.DiscardHandler))
	p := new(paymentLog)
	if _, _, _, err := p.begin(unreadable{s}, paymentPrefix+"x"); !errors.Is(err, errUnreadable) {
		t.Errorf("%v", err)
	}
	if n := begun(t, p, s, "x"); n != 1 {
		t.Errorf("%d changes", n)
	}
}

type unreadable struct{ store.Store }

var errUnreadable = errors.New("the disk is broken")

func (unreadable) Load(string, func(string, []byte) error) error { return errUnreadable }
