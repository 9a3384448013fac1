package miniaccounts_test

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/btppeer"
	"github.com/ilp-go/connector/link/miniaccounts"
	"github.com/ilp-go/connector/link/websocket"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/memory"
)

// failing is a store that fails while it is broken.
type failing struct {
	store.Store
	broken  atomic.Bool
	batches atomic.Int64
}

var errDisk = errors.New("the disk is full")

func (f *failing) Apply(b store.Batch) error {
	f.batches.Add(1)
	if f.broken.Load() {
		return errDisk
	}
	return f.Store.Apply(b)
}

func newFailing() *failing { return &failing{Store: memory.New(slog.New(slog.DiscardHandler))} }

// refused checks that a login is refused.
func refused(t *testing.T, url, user, token, why string) {
	t.Helper()
	p := btppeer.Dial(t, url)
	p.Send(btppeer.Auth(5, user, token))
	p.WantRefused(why)
}

func set(s *miniaccounts.Server, name, token string) error {
	return s.SetTokens([]miniaccounts.NewToken{{Name: name, Token: token}})[0]
}

func listed(o *miniaccounts.Options) { o.Listed = true }

func TestOnlyListedClientsAreLetIn(t *testing.T) {
	kept := newFailing()
	s, url := serveWith(t, kept, ilptest.Fulfilling(), listed)
	refused(t, url, "alice", "a", "account is not known here")
	errs := s.SetTokens([]miniaccounts.NewToken{{"alice", "a"}, {"bob", "b"}, {"alice", "a"}, {"alice", "x"}})
	if errs[0] != nil || errs[1] != nil || errs[2] != nil || !errors.Is(errs[3], miniaccounts.ErrTaken) {
		t.Errorf("%v", errs)
	}
	if n := kept.batches.Load(); n != 1 {
		t.Errorf("%d writes", n)
	}
	btppeer.Join(t, url, "alice", "a")
	refused(t, url, "alice", "x", "incorrect token for account.")
	if err := set(s, "alice", "a"); err != nil || kept.batches.Load() != 1 {
		t.Errorf("the same token again: %v, %d writes", err, kept.batches.Load())
	}
	if err := set(s, "alice", "b"); !errors.Is(err, miniaccounts.ErrTaken) || !strings.Contains(err.Error(), "rotate") {
		t.Errorf("another token: %v", err)
	}
	_, url = serveWith(t, kept, ilptest.Fulfilling(), listed)
	btppeer.Join(t, url, "bob", "b")
}

func TestTokensThatMakeNoSenseAreRefused(t *testing.T) {
	s := miniaccounts.New(miniaccounts.Options{NameAllowed: func(name string) bool { return name != "root" }})
	for _, tt := range []struct{ name, token, why string }{
		{"", "t", `the name "" must be one segment of an ILP address: 1 to 128 letters, digits, _, ~ and -`},
		{"a.b", "t", `the name "a.b" must be one segment`},
		{strings.Repeat("x", 129), "t", "must be one segment"},
		{"a b", "t", "must be one segment"},
		{"root", "t", `the name "root" is none of children.names`},
		{"alice", "", "the token has 0 bytes: it takes 1 to 4096"},
		{"alice", strings.Repeat("s3cret", 1000), "the token has 6000 bytes"},
	} {
		err := s.CheckToken(miniaccounts.NewToken{Name: tt.name, Token: tt.token})
		if err == nil || !strings.Contains(err.Error(), tt.why) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", tt.name, err)
		}
	}
	byHash := miniaccounts.New(miniaccounts.Options{Names: miniaccounts.Hash})
	if err := byHash.CheckToken(miniaccounts.NewToken{Name: "alice", Token: "t"}); err == nil || !strings.Contains(err.Error(), "use "+miniaccounts.HashName("t")) {
		t.Errorf("a name where there are hashes: %v", err)
	}
	if n := byHash.Named(miniaccounts.NewToken{Token: "t"}); n.Name != miniaccounts.HashName("t") || byHash.CheckToken(n) != nil {
		t.Errorf("named %+v", n)
	}
}

func TestOperatorsMayNotPassTheBoundOfClients(t *testing.T) {
	s, _ := serve(t, ilptest.Fulfilling(), func(o *miniaccounts.Options) { o.ClientsMax = 1 })
	errs := s.SetTokens([]miniaccounts.NewToken{{"alice", "a"}, {"bob", "b"}})
	if errs[0] != nil || !errors.Is(errs[1], miniaccounts.ErrFull) || s.Known() != 1 {
		t.Errorf("%v, %d known", errs, s.Known())
	}
}

func TestBothTokensAreValidUntilTheOldOneEnds(t *testing.T) {
	kept := newFailing()
	s, url := serveWith(t, kept, ilptest.Fulfilling(), listed)
	if err := set(s, "alice", "first"); err != nil {
		t.Fatal(err)
	}
	stays := btppeer.Join(t, url, "alice", "first")
	if err := s.RotateToken(miniaccounts.NewToken{Name: "alice", Token: "second"}, time.Hour); err != nil {
		t.Fatal(err)
	}
	stays.Ping()
	_, url2 := serveWith(t, kept, ilptest.Fulfilling(), listed) // after a restart
	for _, url := range []string{url, url2} {
		btppeer.Join(t, url, "alice", "first")
		btppeer.Join(t, url, "alice", "second")
	}
	if k, there := s.Find("alice"); !there || time.Until(k.OldUntil) < 50*time.Minute {
		t.Errorf("%+v", k)
	}
	if err := s.RotateToken(miniaccounts.NewToken{Name: "alice", Token: "second"}, 0); err != nil {
		t.Fatal(err)
	}
	stays.WantEnd()
	refused(t, url, "alice", "first", "incorrect token for account.")
	btppeer.Join(t, url, "alice", "second")
	if err := s.RotateToken(miniaccounts.NewToken{Name: "bob", Token: "b"}, 0); !errors.Is(err, miniaccounts.ErrUnknown) {
		t.Errorf("rotating the token of nobody: %v", err)
	}
}

func TestOldTokenEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := miniaccounts.New(miniaccounts.Options{})
		if err := errors.Join(set(s, "alice", "first"), s.RotateToken(miniaccounts.NewToken{Name: "alice", Token: "second"}, time.Minute)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(59 * time.Second)
		if err := s.LoginStill("alice", "first"); err != nil {
			t.Errorf("before: %v", err)
		}
		time.Sleep(2 * time.Second)
		if err := s.LoginStill("alice", "first"); err == nil {
			t.Error("the old token is valid for ever")
		}
		if k, _ := s.Find("alice"); !k.OldUntil.IsZero() {
			t.Errorf("it is said to be valid until %s", k.OldUntil)
		}
	})
}

func TestBlockedClientIsKeptOutUntilItIsUnblocked(t *testing.T) {
	kept := newFailing()
	s, url := serveWith(t, kept, ilptest.Fulfilling())
	alice, bob := btppeer.Join(t, url, "alice", "a"), btppeer.Join(t, url, "bob", "b")
	if err := s.BlockClient("alice", true); err != nil {
		t.Fatal(err)
	}
	if code, reason := alice.WantClose(); code != websocket.CodePolicy || reason != "account is blocked" {
		t.Errorf("told %d %q", code, reason)
	}
	bob.Ping()
	_, url2 := serveWith(t, kept, ilptest.Fulfilling()) // after a restart
	for _, url := range []string{url, url2} {
		refused(t, url, "alice", "a", "account is blocked")
		refused(t, url, "alice", "x", "incorrect token for account.") // strangers learn nothing
	}
	if k, _ := s.Find("alice"); !k.Blocked {
		t.Errorf("%+v", k)
	}
	if err := s.BlockClient("alice", false); err != nil {
		t.Fatal(err)
	}
	btppeer.Join(t, url, "alice", "a")
	if err := s.BlockClient("carl", true); !errors.Is(err, miniaccounts.ErrUnknown) {
		t.Errorf("blocking nobody: %v", err)
	}
}

// The client answers what it was sent: that is its money.
func TestAnswersOfABlockedClientAreTaken(t *testing.T) {
	s, url := serve(t, ilptest.Fulfilling())
	alice := btppeer.Join(t, url, "alice", "a")
	answer := send(s, "test.us.clients.alice")
	id, _ := alice.WantPrepare()
	if err := s.BlockClient("alice", true); err != nil {
		t.Fatal(err)
	}
	alice.Send(btppeer.Response(id, ilptest.Fulfill()))
	wantFulfilled(t, answer.Reply())
}

func TestClientThatLeavesIsForgotten(t *testing.T) {
	kept := newFailing()
	s, url := serveWith(t, kept, ilptest.Fulfilling(), listed)
	if err := set(s, "alice", "a"); err != nil {
		t.Fatal(err)
	}
	alice := btppeer.Join(t, url, "alice", "a")
	if err := s.Leave("alice"); err != nil {
		t.Fatal(err)
	}
	alice.WantEnd()
	refused(t, url, "alice", "a", "account is being removed")
	if err := s.Leave("alice"); !errors.Is(err, miniaccounts.ErrLeaving) {
		t.Errorf("leaving twice: %v", err)
	}
	if err := set(s, "alice", "a"); !errors.Is(err, miniaccounts.ErrLeaving) {
		t.Errorf("added meanwhile: %v", err)
	}
	s.Stay("alice")
	btppeer.Join(t, url, "alice", "a")
	if err := errors.Join(s.Leave("alice"), s.Forget("alice")); err != nil {
		t.Fatal(err)
	}
	s.Stay("alice")
	refused(t, url, "alice", "a", "account is not known here")
	s, _ = serveWith(t, kept, ilptest.Fulfilling(), listed)
	if s.Known() != 0 {
		t.Errorf("%d are known after a restart", s.Known())
	}
}

func TestChangeThatIsNotStoredIsNone(t *testing.T) {
	kept := newFailing()
	s, url := serveWith(t, kept, ilptest.Fulfilling(), listed)
	if err := set(s, "alice", "a"); err != nil {
		t.Fatal(err)
	}
	kept.broken.Store(true)
	for what, err := range map[string]error{
		"adding": set(s, "bob", "b"), "rotating": s.RotateToken(miniaccounts.NewToken{Name: "alice", Token: "x"}, 0),
		"blocking": s.BlockClient("alice", true), "forgetting": s.Forget("alice"),
	} {
		if !errors.Is(err, errDisk) {
			t.Errorf("%s: %v", what, err)
		}
	}
	refused(t, url, "bob", "b", "account is not known here")
	refused(t, url, "alice", "x", "incorrect token for account.")
	btppeer.Join(t, url, "alice", "a")
	kept.broken.Store(false)
	if err := s.BlockClient("alice", true); err != nil {
		t.Fatal(err)
	}
	kept.broken.Store(true)
	if err := s.BlockClient("alice", false); !errors.Is(err, errDisk) {
		t.Errorf("unblocking: %v", err)
	}
	refused(t, url, "alice", "a", "account is blocked")
}

func TestPagesOfClientsAreInOrder(t *testing.T) {
	s, url := serve(t, ilptest.Fulfilling())
	var all []miniaccounts.NewToken
	for i := range 500 {
		all = append(all, miniaccounts.NewToken{Name: fmt.Sprintf("c%03d", i*7%500), Token: "t"})
	}
	if err := errors.Join(s.SetTokens(all)...); err != nil {
		t.Fatal(err)
	}
	var got []string
	for after := ""; ; {
		page := s.Page(after, 150, nil)
		for _, k := range page {
			got = append(got, k.Name)
		}
		if len(page) < 150 {
			break
		}
		after = page[len(page)-1].Name
	}
	if len(got) != 500 || !slices.IsSorted(got) || got[0] != "c000" || got[499] != "c499" {
		t.Errorf("%d: %v", len(got), got)
	}
	btppeer.Join(t, url, "c123", "t")
	connected, not := true, false
	if page := s.Page("", 10, &connected); len(page) != 1 || page[0].Name != "c123" || s.ConnectedClients() != 1 {
		t.Errorf("connected: %+v", page)
	}
	if page := s.Page("c122", 1, &not); len(page) != 1 || page[0].Name != "c124" {
		t.Errorf("not connected: %+v", page)
	}
}

// A login that was checked just before a change does not hold any more when its connection is in
// its place.
func TestLoginIsConfirmedAgain(t *testing.T) {
	s := miniaccounts.New(miniaccounts.Options{})
	if err := errors.Join(s.SetTokens([]miniaccounts.NewToken{{"alice", "a"}, {"bob", "b"}, {"carl", "c"}})...); err != nil {
		t.Fatal(err)
	}
	for user, token := range map[string]string{"alice": "a", "bob": "b", "carl": "c"} {
		if err := s.LoginStill(user, token); err != nil {
			t.Errorf("%s: %v", user, err)
		}
	}
	if err := errors.Join(s.BlockClient("alice", true), s.RotateToken(miniaccounts.NewToken{Name: "bob", Token: "x"}, 0), s.Leave("carl")); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ user, token, why string }{
		{"alice", "a", "account is blocked"}, {"bob", "b", "incorrect token for account."}, {"carl", "c", "account is being removed"},
	} {
		if err := s.LoginStill(tt.user, tt.token); err == nil || err.Error() != tt.why {
			t.Errorf("%s: %v, want %s", tt.user, err, tt.why)
		}
	}
}
