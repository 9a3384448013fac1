package connector

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ilp-go/connector/store"
)

// load opens the store, and takes over what the last run has stored: our identity for the
// routing protocol, the alerts and the balances. close writes what still waits and closes the
// store.
func (c *Connector) load() (close func() error, err error) {
	c.store, err = c.parts.stores[c.cfg().StoreName()](StoreConfig{
		Path: c.cfg().StoreFile(), Durability: c.cfg().StoreDurability(), Config: c.cfg().StoreConfig, Log: c.log,
	})
	if err != nil {
		return func() error { return nil }, cannotOpen(c.cfg(), c.parts, err)
	}
	for _, w := range checkMode(c.cfg(), c.parts) {
		c.log.Warn("configuration", "warning", w.String())
	}
	if err := c.identify(); err != nil {
		return c.store.Close, err
	}
	endAlerts := func() {}
	if c.durable {
		if endAlerts, err = c.keepAlerts(); err != nil {
			return c.store.Close, err
		}
	}
	closeLedger, err := c.openLedger()
	return func() error {
		endAlerts()
		return closeLedger()
	}, err
}

// openLedger opens the ledger and runs it, and gives each account its balance. close ends
// the ledger and closes the store.
func (c *Connector) openLedger() (close func() error, err error) {
	c.adding.Lock()
	defer c.adding.Unlock()
	balances, err := c.ledger.Open(c.store)
	tell := func() {}
	if err == nil && c.durable {
		tell, err = c.recovered(balances)
	}
	if err != nil {
		return c.store.Close, err
	}
	ctx, stop := context.WithCancel(context.Background())
	var writer sync.WaitGroup
	writer.Go(func() { c.ledger.Run(ctx) })
	close = func() error {
		stop()
		writer.Wait()
		err := c.store.Close()
		if failed := c.ledger.Err(); failed != nil && errors.Is(err, store.ErrFailed) {
			return failed // for the same reason
		}
		return errors.Join(c.ledger.Err(), err)
	}
	outdated, err := c.applyKept()
	if err == nil {
		err = c.recoverAll(tell)
	}
	if err == nil && len(outdated) > 0 {
		err = c.store.Apply(outdated)
	}
	return close, err
}

// recoverAll takes over what the store knows of the accounts. From then on the balances
// are known. It calls tell when nothing can fail any more.
func (c *Connector) recoverAll(tell func()) (err error) {
	for _, a := range c.registry.All() {
		m := c.member(a.ID)
		if m == nil || c.isLeaving(m) {
			continue
		}
		err = errors.Join(err, c.recover(m))
	}
	if err != nil {
		return err
	}
	c.ledger.Start()
	c.resolveAtStart(time.Now())
	c.life.reach(loaded)
	if _, err := c.Audit(); err != nil {
		return err
	}
	tell()
	c.reportFormer()
	c.checkLeft("")
	return nil
}

// ledgerFailed reports to operators that balances cannot be written any more. From now on
// packets that move money are refused.
func (c *Connector) ledgerFailed(err error) {
	c.log.Error("balances cannot be written down any more; packets are refused until a restart", "error", err)
	c.alertMoney("", kindLedgerFailed, fmt.Sprintf(alertLedgerFailed, err))
}

// stallMin is the shortest time after which the ledger is busy, however small
// minMessageWindow is: a busy disk may take that long for one write.
const stallMin = 50 * time.Millisecond

// stallMax returns for how long a change of the balances may wait for the store until new
// money is refused: half of the time that we keep of a packet's. The other half is for the
// Fulfills that came until then: they go up before their packets expire.
func (c *Connector) stallMax() time.Duration {
	return max(c.cfg().MinMessageWindow.Duration()/2, stallMin)
}

// ledgerStalled reports to operators that the store does not keep up, or that it does again.
// Meanwhile packets that move money are refused.
func (c *Connector) ledgerStalled(stalled bool) {
	if !stalled {
		c.log.Info("balances are written down in time again")
		c.alerts.Resolve(time.Now(), "", kindLedgerStalled)
		return
	}
	c.log.Error("balances wait for the store; packets that move money are refused until it keeps up", "longerThan", c.stallMax())
	c.alertMoney("", kindLedgerStalled, fmt.Sprintf(alertLedgerStalled, c.stallMax()))
}
