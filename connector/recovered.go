package connector

import (
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/store/disk"
)

// logRecovered logs in one line what the start has found in the store. balances is the number
// of accounts with a stored balance.
func (c *Connector) logRecovered(balances int) error {
	open, err := settle.StoredOpen(c.store, "")
	if err != nil {
		return err
	}
	found := []any{"store", c.cfg().StoreName()}
	if s, ok := c.store.(*disk.Store); ok {
		found = append(found, "path", s.Dir(), "lastRun", lastRun(s.Recovered()),
			"journalRecords", s.Recovered().Frames, "lostRecords", s.Recovered().DroppedFrames)
	}
	c.log.Info("store opened", append(found, "balances", balances, "openSettlements", len(open), "alerts", len(c.alerts.All()))...)
	return nil
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
