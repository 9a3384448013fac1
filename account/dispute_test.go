package account_test

import (
	"testing"

	"github.com/ilp-go/connector/account"
)

func TestDisputeIsOverAPeriodAfterAFulfill(t *testing.T) {
	for _, c := range []struct {
		name, events string // F and R are packets; - and + are ticks, + ends the dispute
	}{
		{"nothing is known", "---"},
		{"it fulfills", "F-+---"},
		{"it fulfills on", "FFF-FFF+FF--"},
		{"it refuses again", "F-R---F-+"},
		{"it does both", "FRF-RF-RF-FRF-+"},
		{"it refuses when it was over", "F-+R--F-+-"},
		{"it refuses and fulfills within a period", "F-RF-+"},
	} {
		var d account.Dispute
		for i, event := range c.events {
			switch event {
			case 'F':
				d.Fulfill()
			case 'R':
				d.Refuse()
			default:
				if ended := d.Tick(); ended != (event == '+') {
					t.Errorf("%s: tick %d of %s: %t", c.name, i, c.events, ended)
				}
			}
		}
	}
}
