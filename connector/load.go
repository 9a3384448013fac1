package connector

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/ilp-go/connector/books"
	"github.com/ilp-go/connector/store"
)

// load opens the store, and takes over what it has kept: who we are to our neighbors,
// and the balances. close writes down what still waits and closes the store.
func (c *Connector) load() (close func() error, err error) {
	c.store, err = c.parts.stores[c.cfg.StoreName()](StoreConfig{
		Path: c.cfg.StoreFile(), Durability: c.cfg.StoreDurability(), Config: c.cfg.StoreConfig, Log: c.log,
	})
	if err != nil {
		return func() error { return nil }, fmt.Errorf("store %s: %w", c.cfg.StoreName(), err)
	}
	c.desk.Store, c.cashier.Store = c.store, c.store
	if err := c.identify(); err != nil {
		return c.store.Close, err
	}
	if !c.durable {
		c.adding.Lock()
		defer c.adding.Unlock()
		return c.store.Close, c.recoverAll()
	}
	endAlerts, err := c.keepAlerts()
	if err != nil {
		return c.store.Close, err
	}
	closeBooks, err := c.openBooks()
	return func() error {
		endAlerts()
		return closeBooks()
	}, err
}

// openBooks has the books written from now on, and gives each account the balance that
// is in there.
func (c *Connector) openBooks() (close func() error, err error) {
	c.adding.Lock()
	defer c.adding.Unlock()
	b, err := books.Open(books.Options{
		Store: c.store, Failed: c.booksFailed, Stall: c.stallMax(), Stalled: c.booksStalled,
		Panicked: func(cause any) { c.panicked(nil, cause, debug.Stack()) },
	})
	if err != nil {
		return c.store.Close, err
	}
	if err := c.tellRecovered(len(b.Lines())); err != nil {
		return c.store.Close, err
	}
	c.ledger.books.Store(b)
	ctx, stop := context.WithCancel(context.Background())
	var writer sync.WaitGroup
	writer.Go(func() { b.Run(ctx) })
	close = func() error {
		stop()
		writer.Wait()
		err := c.store.Close()
		if broken := b.Err(); broken != nil && errors.Is(err, store.ErrFailed) {
			return broken // for the same reason
		}
		return errors.Join(b.Err(), err)
	}
	return close, c.recoverAll()
}

// recoverAll takes over what the store knows of the accounts. From then on the balances
// are known.
func (c *Connector) recoverAll() (err error) {
	c.opened = true
	for _, a := range c.registry.All() {
		if m := c.member(a.ID); m != nil && !c.isLeaving(m) {
			err = errors.Join(err, c.recover(m))
		}
	}
	c.loaded.Store(err == nil)
	if err == nil {
		_, err = c.Audit()
	}
	return err
}

// booksFailed tells everybody that balances cannot be written down any more. From now on
// packets that move money are refused.
func (c *Connector) booksFailed(err error) {
	c.log.Error("balances cannot be written down any more; packets are refused until a restart", "error", err)
	c.alertMoney("", "books failed", "balances cannot be written down any more: "+err.Error())
}

// stallMin is the shortest time after which the books are taken to lag behind, however
// small minMessageWindow is: a busy disk may take that long for one write.
const stallMin = 50 * time.Millisecond

// stallMax returns for how long a change of the balances may wait for the store until new
// money is refused: half of the time that we keep of a packet's. The other half is for the
// Fulfills that came until then: they go up before their packets expire.
func (c *Connector) stallMax() time.Duration {
	return max(c.cfg.MinMessageWindow.Duration()/2, stallMin)
}

// booksStalled tells operators that the store does not keep up, or that it does again.
// Meanwhile packets that move money are refused.
func (c *Connector) booksStalled(stalled bool) {
	if !stalled {
		c.log.Info("balances are written down in time again")
		return
	}
	c.log.Error("balances wait for the store; packets that move money are refused until it keeps up", "longerThan", c.stallMax())
	c.alertMoney("", "books stalled", fmt.Sprintf("balances waited for the store for more than %v: packets were refused meanwhile", c.stallMax()))
}
