package connector

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/nodehost"
	"github.com/ilp-go/connector/nodehost/module"
)

// hostStore adds the hosted store, in which plugins keep what they store under the keys of the
// reference.
func (c *Connector) hostStore(found module.Found) error {
	options, err := hostedStoreOptions(c.cfg())
	if err != nil {
		return err
	}
	c.nodes.kept = &hostedStore{connector: c, name: found.Name, made: make(chan struct{})}
	c.nodes.store = c.nodes.of(found).Add(nodehost.Module{
		Kind: nodehost.Store, Name: found.Name, Path: found.Path, Options: options,
	}, c.nodes.kept)
	return nil
}

// hostedStoreOptions returns what the constructor of a hosted store gets.
func hostedStoreOptions(cfg *config.Config) (json.RawMessage, error) {
	given := map[string]any{"path": cfg.StorePath}
	for key, value := range cfg.StoreConfig {
		given[key] = value
	}
	options, err := json.Marshal(given)
	if err != nil {
		return nil, fmt.Errorf("storeConfig: %w", err)
	}
	return options, nil
}

// hostedStore is the handler of a hosted store: nothing comes back but its calls. Nil stands for no
// hosted store.
type hostedStore struct {
	connector *Connector
	name      string
	made      chan struct{} // closed when the store can be used for the first time
	once      sync.Once     // closes made

	mu   sync.Mutex
	down error // why the store cannot be used, nil if it can, or has not been tried yet
}

// Up says that plugins can use the store.
func (s *hostedStore) Up(*nodehost.Object, nodehost.Constructed) {
	s.set(nil)
	s.once.Do(func() { close(s.made) })
	s.connector.alerts.Resolve(time.Now(), "", kindHostedStore)
}

// Down raises an alert if the store could not be constructed. That its process has ended is
// another alert.
func (s *hostedStore) Down(why error) {
	s.set(why)
	if !nodehost.IsDown(why) {
		s.connector.log.Error("the hosted store cannot be used", "error", why)
		s.connector.alerts.RaiseKind(time.Now(), "", kindHostedStore, fmt.Sprintf(alertHostedStore, why))
	}
}

func (s *hostedStore) set(down error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

// unready returns why no hosted plugin can use the store, empty if they can.
func (s *hostedStore) unready() string {
	if s == nil {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down == nil {
		return ""
	}
	return fmt.Sprintf("the hosted store %s cannot be used: %.500v", s.name, s.down)
}

// ready returns a channel that is closed when the store can be used. It is nil if there is none.
func (s *hostedStore) ready() <-chan struct{} {
	if s == nil {
		return nil
	}
	return s.made
}

const (
	kindHostedStore  = "hosted store"
	alertHostedStore = "the hosted store cannot be used, and no hosted plugin without it: %.300v"
)

var _ nodehost.Handler = (*hostedStore)(nil)
