package settle

import (
	"errors"
	"time"
)

// An account whose engine makes up ids faster than they may be forgotten, RFC 38, must
// not fill the memory that others need. Money has moved for each of its receipts, so none
// is refused for good. Instead each new one waits for a turn, one a second, and only so
// many wait at once.
//
// So at most receiptsMax and the seconds of receiptsKeptMin are remembered: 272,800 ids.
// More are if the engine also tells of all the old ones again every day, for then RFC 38
// has us remember them.
const (
	receiptsPace = time.Second
	waitingMax   = 32
)

// errCrowded says that a new receipt must wait for its turn.
var errCrowded = errors.New("the account has very many receipts")

// crowded reports whether so many receipts are remembered that a new one must wait.
func (d *receiptLog) crowded(now time.Time) bool { return len(d.order)-d.old(now) >= receiptsMax }

// wait waits for the turn of a new receipt. It returns ErrBusy at once if too many wait
// already. The lock is not held meanwhile, so receipts that come again do not wait.
func (d *receiptLog) wait() error {
	defer d.waiting.Add(-1)
	if d.waiting.Add(1) > waitingMax {
		return ErrBusy
	}
	d.turn <- struct{}{}
	defer func() { <-d.turn }()
	time.Sleep(receiptsPace)
	return nil
}
