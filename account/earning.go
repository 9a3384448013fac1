package account

import (
	"time"

	"github.com/ilp-go/connector/account/balance"
)

// Earning is what the spread has kept of the packets of an account that were fulfilled in one
// unit.
type Earning struct {
	AccountID  string // of the account that the packets came from
	AssetCode  string // of the accounts that they went to
	AssetScale uint8
	// Amount is the sum, over all packets, of what a packet would have been worth without the
	// spread, less what it was worth. It is negative if a negative spread has paid out more.
	Amount balance.Amount
	Since  time.Time // when the first of them was counted
}
