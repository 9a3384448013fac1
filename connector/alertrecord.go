package connector

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ilp-go/connector/account"
)

// Where the store keeps the alerts that are raised, and the latest that have ended: each
// under its id, in 20 digits, so that keys are in the order of ids.
const (
	alertsKey    = "alerts" // a list of them all, by former versions
	alertsPrefix = "alerts/"
)

// alertKey returns the key of an alert.
func alertKey(id int64) string { return fmt.Sprintf("%s%020d", alertsPrefix, id) }

// alertRecord is an alert in the store.
type alertRecord struct {
	account.Alert
	Kind string `json:"kind,omitempty"`
}

// marshalAlert returns the value that the store keeps for an alert.
func marshalAlert(a account.Alert) []byte {
	value, err := json.Marshal(alertRecord{a, a.Kind})
	if err != nil {
		panic(err) // only for times after the year 9999, which no clock of a system reaches
	}
	return value
}

// readAlerts reads an entry of the store if it holds alerts, and reports whether it does.
// The error says that it cannot be read.
func readAlerts(key string, value []byte) (alerts []account.Alert, ours bool, err error) {
	switch {
	case key == alertsKey:
		alerts, err = parseAlerts(value)
	case strings.HasPrefix(key, alertsPrefix):
		list := slices.Concat([]byte("["), value, []byte("]"))
		if alerts, err = parseAlerts(list); err == nil && (len(alerts) != 1 || key != alertKey(alerts[0].ID)) {
			err = errors.New("it is another alert")
		}
	default:
		return nil, false, nil
	}
	if err != nil {
		return nil, true, fmt.Errorf("%s: %.100q is no alert, and the next start drops it: %w", key, value, err)
	}
	return alerts, true, nil
}

// alertNumberMax is far beyond any id, which begin as milliseconds since 1970, and any
// count. It is the largest integer that JavaScript knows.
const alertNumberMax = 1<<53 - 1

// parseAlerts parses a list of alerts.
func parseAlerts(list []byte) ([]account.Alert, error) {
	var records []alertRecord
	if err := json.Unmarshal(list, &records); err != nil {
		return nil, err
	}
	alerts := make([]account.Alert, len(records))
	for i, r := range records {
		if r.ID < 1 || r.ID > alertNumberMax || r.Count < 1 || int64(r.Count) > alertNumberMax {
			return nil, fmt.Errorf("alert %d with a count of %d cannot be", r.ID, r.Count)
		}
		if !slices.Contains([]string{account.AlertRaised, account.AlertResolved, account.AlertDismissed}, r.State) {
			return nil, fmt.Errorf("alert %d has the state %.100q, which is none", r.ID, r.State)
		}
		alerts[i] = r.Alert
		alerts[i].Kind = r.Kind
	}
	return alerts, nil
}
