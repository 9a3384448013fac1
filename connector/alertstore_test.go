package connector

import (
	"strings"
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/bolt"
	"github.com/ilp-go/connector/store/storetest"
)

// backupWith makes a backup of a store with a single entry, and returns its name.
func backupWith(t *testing.T, key, value string) (name string) {
	t.Helper()
	s, err := bolt.Open(t.TempDir(), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	storetest.MustApply(t, s, store.Batch{{Key: key, Value: []byte(value)}})
	storetest.MustClose(t, s)
	return s.Path()
}

func TestAlertsAreVerified(t *testing.T) {
	alert := account.Alert{ID: 5, AccountID: "alice", Message: "m", Count: 1, About: account.AboutMoney, Kind: "late"}
	for _, c := range []struct{ name, key, value string }{
		{"an alert", "alerts/00000000000000000005", string(marshalAlert(alert))},
		{"of a former version", "alerts", formerAlerts},
		{"something else", "alertsnot", "x"},
	} {
		if s, err := VerifyStore(backupWith(t, c.key, c.value)); err != nil || s.Other != 1 {
			t.Errorf("%s: %+v, %v", c.name, s, err)
		}
	}
	for _, c := range damagedAlerts {
		if _, err := VerifyStore(backupWith(t, c.key, c.value)); err == nil || !strings.Contains(err.Error(), c.key+": ") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestAlertsAreDumpedThoughDamaged(t *testing.T) {
	for key, hidden := range map[string]bool{"alerts": false, "alerts/00000000000000000005": false, "alertsnot": true} {
		var text strings.Builder
		if err := DumpStore(backupWith(t, key, "damaged"), &text, false); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(text.String(), "damaged"); got == hidden {
			t.Errorf("%s: %s", key, text.String())
		}
	}
}
