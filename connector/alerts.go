package connector

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/store"
)

// alertsKey is where the store keeps the alerts that nobody has dismissed.
const alertsKey = "alerts"

// alertsPause is the shortest time between two writes of the alerts.
const alertsPause = time.Second

// keepAlerts takes over the alerts of the last run, and has changes written down until
// end is called, which writes the last ones. They are not as dear as balances: a crash
// may lose those of the last second.
func (c *Connector) keepAlerts() (end func(), err error) {
	var former []account.Alert
	err = c.store.Load(alertsKey, func(key string, value []byte) error {
		if key != alertsKey {
			return nil
		}
		return json.Unmarshal(value, &former)
	})
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", alertsKey, err)
	}
	c.alerts.Restore(former)
	stop := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() { c.writeAlerts(stop) })
	return func() {
		close(stop)
		writer.Wait()
	}, nil
}

func (c *Connector) writeAlerts(stop <-chan struct{}) {
	for {
		select {
		case <-c.alerts.Changed():
			c.writeAlertsOnce()
		case <-stop:
			select {
			case <-c.alerts.Changed():
				c.writeAlertsOnce()
			default:
			}
			return
		}
		select {
		case <-time.After(alertsPause):
		case <-stop:
		}
	}
}

func (c *Connector) writeAlertsOnce() {
	value, err := json.Marshal(c.alerts.All())
	if err == nil {
		err = c.store.Apply(store.Batch{{Key: alertsKey, Value: value}})
	}
	if err != nil {
		c.log.Warn("alerts cannot be written down; a restart will not know them", "error", err)
	}
}
