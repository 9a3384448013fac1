package connector

import (
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/store/disk"
)

// recovered finds out what is in the store at the start. tell logs that in one line. balances
// is the number of accounts with a stored balance.
func (c *Connector) recovered(balances int) (tell func(), err error) {
	open, err := settle.StoredOpen(c.store, "")
	if err != nil {
		return nil, err
	}
	if err := c.restoreRates(); err != nil {
		return nil, err
	}
	found := []any{"store", c.cfg().StoreName()}
	if s, ok := c.store.(*disk.Store); ok {
		found = append(found, "path", s.Dir(), "lastRun", lastRun(s.Recovered()),
			"journalRecords", s.Recovered().Frames, "lostRecords", s.Recovered().DroppedFrames)
	}
	found = append(found, "balances", balances, "openSettlements", len(open), "alerts", len(c.alerts.All()))
	return func() { c.log.Info("store opened", found...) }, nil
}

// lastRun returns how the last run that had the store open has ended.
func lastRun(r disk.Recovered) string {
	switch {
	case r.New:
		return "none"
	case r.Unclosed:
		return "killed"
	}
	return "stopped"
}
