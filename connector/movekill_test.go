package connector_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/store"
	bolt "github.com/ilp-go/connector/store/disk"
)

// photographed is a store on disk. It copies its files before and after each write of a
// balance, as a kill at that moment would leave them.
type photographed struct {
	*bolt.Store
	t      *testing.T
	mu     sync.Mutex
	copies []string
}

func (p *photographed) Apply(b store.Batch) error {
	p.mu.Lock() // nothing else is written meanwhile
	defer p.mu.Unlock()
	moves := slices.ContainsFunc(b, func(c store.Change) bool { return strings.HasPrefix(c.Key, "balances/") })
	if moves {
		p.copy()
	}
	err := p.Store.Apply(b)
	if moves {
		p.copy()
	}
	return err
}

func (p *photographed) copy() {
	to := filepath.Join(p.t.TempDir(), "store")
	if err := os.CopyFS(to, os.DirFS(p.Dir())); err != nil {
		p.t.Error(err)
	}
	p.copies = append(p.copies, to)
}

// TestMoveOfABalanceSurvivesAKillAtAnyMoment holds that nothing is lost and nothing doubled.
func TestMoveOfABalanceSurvivesAKillAtAnyMoment(t *testing.T) {
	port := freePort(t)
	run := func(dir string, wrap func(*bolt.Store) store.Store) (*connector.Connector, func()) {
		c, stop := start(t, fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
store: disk
adminApi: true
adminApiPort: %d
accounts:
  new: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "1000"}}
`, port), links(map[string]*testLink{"new": newTestLink(ilptest.NewLink())}),
			connector.WithStore("disk", func(connector.StoreConfig) (store.Store, error) {
				s, err := bolt.Open(dir, bolt.Options{Log: slog.New(slog.DiscardHandler)})
				if err != nil {
					return nil, err
				}
				return wrap(s), nil
			}))
		awaitReady(t, c)
		return c, stop
	}
	dir := filepath.Join(t.TempDir(), "store")
	s, err := bolt.Open(dir, bolt.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(store.Batch{{Key: "balances/old", Value: []byte("-70 2 USD")}, {Key: "balances/new", Value: []byte("3 2 USD")}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var p *photographed
	_, stop := run(dir, func(s *bolt.Store) store.Store { p = &photographed{Store: s, t: t}; return p })
	if status, text := ask(t, port, "POST", "/balance/move", `{"from":"old","to":"new"}`); status != http.StatusNoContent {
		t.Fatalf("the move is answered %d %s", status, text)
	}
	stop()
	var states []string
	for _, killed := range p.copies {
		c, stop := run(killed, func(s *bolt.Store) store.Store { return s })
		_, text := ask(t, port, "GET", "/balance", "")
		former := "old=0"
		if strings.Contains(text, `"accountId":"old","assetCode":"USD","assetScale":2,"posted":"-70"`) {
			former = "old=-70"
		}
		states = append(states, former+" new="+snapshot(c, "new").Posted.String())
		stop()
	}
	if want := []string{"old=-70 new=3", "old=0 new=-67"}; !slices.Equal(states, want) {
		t.Errorf("a kill leaves %q, want %q", states, want)
	}
}
