package connector

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ilp-go/connector/books"
	"github.com/ilp-go/connector/store"
)

// load opens the store, and takes over what it has kept: who we are to our neighbours,
// and the balances. close writes down what still waits and closes the store.
func (c *Connector) load() (close func() error, err error) {
	c.store, err = c.parts.stores[c.cfg.StoreName()](StoreConfig{
		Path: c.cfg.StoreFile(), Durability: c.cfg.StoreDurability(), Config: c.cfg.StoreConfig, Log: c.log,
	})
	if err != nil {
		return func() error { return nil }, fmt.Errorf("store %s: %w", c.cfg.StoreName(), err)
	}
	if err := c.identify(); err != nil {
		return c.store.Close, err
	}
	if c.ledger == nil {
		c.loaded.Store(true)
		return c.store.Close, nil
	}
	return c.openBooks()
}

// openBooks gives each account the balance that is in the books, and has them written
// from now on.
func (c *Connector) openBooks() (close func() error, err error) {
	b, err := books.Open(c.store, c.booksFailed)
	if err != nil {
		return c.store.Close, err
	}
	recovered := b.Lines()
	c.ledger.books.Store(b)
	for _, a := range c.book.All() {
		err = errors.Join(err, c.ledger.attach(a))
	}
	if err != nil {
		return c.store.Close, err
	}
	if err := c.tellRecovered(recovered); err != nil {
		return c.store.Close, err
	}
	ctx, stop := context.WithCancel(context.Background())
	var writer sync.WaitGroup
	writer.Go(func() { b.Run(ctx) })
	c.loaded.Store(true)
	return func() error {
		stop()
		writer.Wait()
		err := c.store.Close()
		if broken := b.Err(); broken != nil && errors.Is(err, store.ErrFailed) {
			return broken // for the same reason
		}
		return errors.Join(b.Err(), err)
	}, nil
}

// booksFailed tells everybody that balances cannot be written down any more. From now on
// packets that move money are refused.
func (c *Connector) booksFailed(err error) {
	c.log.Error("balances cannot be written down any more; packets are refused until a restart", "error", err)
	c.alerts.Raise(time.Now(), "", "", "balances cannot be written down any more: "+err.Error())
}
