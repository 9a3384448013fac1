package connector

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/ledger"
	"github.com/ilp-go/connector/link/httplink"
	"github.com/ilp-go/connector/store"
)

// takenBackPrefix begins the keys of what was taken back of Fulfills that a peer did not count. The
// id of the account follows. A value is a day of UTC, and the amount and the number of that day, in
// units of the account:
//
//	takenback/alice  ->  2026-12-01 1500 12
const takenBackPrefix = "takenback/"

// The alerts about Fulfills that only we have booked.
const (
	kindTakenBack    = "fulfills taken back"
	kindUnconfirmed  = "fulfills not confirmed"
	alertUnconfirmed = "a Fulfill of %d (Request-Id %s) is booked, and the peer may not count it: %s. Compare balances with its operator, " +
		"and edit ours with 'ilp-connector balance adjust' if it is not to count"
	alertTakenBack = "the peer has not counted a Fulfill of %d (Request-Id %s), and we have taken it back: %s of today. We have paid for it. " +
		"That happens after a crash of the peer, or if answers reach it late; if it goes on, the peer may be cheating"
)

// errBusy says that accounts are being changed.
var errBusy = errors.New("accounts are being changed")

// keepAnswers lets the link of an account keep what answers that are requests of their own need.
func (c *Connector) keepAnswers(l *httpLink, a config.Account) {
	if l.async == nil {
		return
	}
	id := a.ID
	l.async.Unit = fmt.Sprintf("%d %s", a.AssetScale, a.AssetCode)
	l.async.CallbackURL = cmp.Or(l.async.CallbackURL, c.cfg().Listen.ReplyURL(id))
	l.async.Books = c.ledger
	l.async.TakeBack = func(amount uint64, requestID string, changes store.Batch) error {
		return c.takeBack(id, amount, requestID, changes)
	}
	l.async.Unconfirmed = func(amount uint64, requestID, why string) {
		c.alerts.RaiseMoney(time.Now(), id, kindUnconfirmed, fmt.Sprintf(alertUnconfirmed, amount, requestID, why))
	}
}

// followLink lets a link take the place of another one, which has ended.
func followLink(former, next Link) {
	old, is := former.(*httpLink)
	if l, also := next.(*httpLink); is && also {
		l.Follow(old.Link)
	}
}

// takeBack takes back a Fulfill that was booked, and that the peer of an account has not counted. A
// peer that lies would have its packets for nothing. So no more than the maximum of the balance is
// taken back in a day: beyond that the error is httplink.ErrKept.
func (c *Connector) takeBack(id string, amount uint64, requestID string, changes store.Batch) error {
	l, err := c.Audit()
	if err != nil {
		return err
	}
	c.takingBack.Lock() // after a crash of the peer there are many
	defer c.takingBack.Unlock()
	if !c.adding.TryLock() { // whoever has it may wait for the link that calls us
		return errBusy
	}
	defer c.adding.Unlock()
	a := c.registry.Find(id)
	if a == nil { // it is about to be removed, or added
		return errBusy
	}
	today := takenBack{day: time.Now().UTC().Format(time.DateOnly)}
	if err := c.readTakenBack(id, &today); err != nil {
		return err
	}
	total, fits := today.sum.Add(balance.FromUint64(amount))
	limit := balance.Infinity()
	if a.Balance != nil {
		limit = a.Balance.Snapshot().Maximum
	}
	if !fits || limit.Cmp(total) < 0 {
		return fmt.Errorf("%w: %s of today was taken back, and the maximum of the balance is %s", httplink.ErrKept, today.sum, limit)
	}
	changes = append(changes, store.Change{Key: takenBackPrefix + id, Value: fmt.Appendf(nil, "%s %s %d", today.day, total, today.count+1)})
	diff, _ := balance.FromUint64(amount).Neg() // fits: it is above the lowest
	void := func(entry func(before, after balance.Amount) store.Batch) error {
		return c.payer.Edit(func() error {
			return c.ledger.Void(id, amount, func(before, after balance.Amount) store.Batch { return append(entry(before, after), changes...) })
		}, id)
	}
	if today.count < takenBackEntries {
		change := audit.Change{What: audit.TakeBackFulfill, Account: id, Details: map[string]string{audit.AmountDiff: diff.String(), "requestId": requestID}}
		err = l.Write(change, func(note *audit.Note) error {
			return void(func(before, after balance.Amount) store.Batch {
				note.Detail(audit.PostedBefore, before.String())
				note.Detail(audit.PostedAfter, after.String())
				return note.Batch()
			})
		})
	} else { // the entries of operators would have no room
		c.log.Warn("fulfill taken back", "account", id, "amount", amount, "requestId", requestID)
		err = void(func(_, _ balance.Amount) store.Batch { return nil })
	}
	if errors.Is(err, ledger.ErrNoBalance) {
		return c.ledger.Apply(changes)
	}
	if err == nil {
		c.alerts.RaiseMoney(time.Now(), id, kindTakenBack, fmt.Sprintf(alertTakenBack, amount, requestID, total))
		c.payer.Consider(a)
	}
	return err
}

// takenBack is what was taken back of an account on a day.
type takenBack struct {
	day   string
	sum   balance.Amount
	count uint64
}

// takenBackEntries is how many Fulfills of an account that are taken back on a day have an entry in the
// audit log of their own. Its peer chooses how many there are.
const takenBackEntries = 100

// readTakenBack reads what was taken back on the day of t. That of another day does not count.
func (c *Connector) readTakenBack(id string, t *takenBack) error {
	key := takenBackPrefix + id
	return c.ledger.Load(key, func(found string, value []byte) error {
		fields := strings.Fields(string(value))
		if found != key || len(fields) > 0 && fields[0] != t.day {
			return nil
		}
		if len(fields) != 3 {
			return fmt.Errorf("%s: %.100q is no amount of a day: restore the store from a backup", found, value)
		}
		sum, err := balance.Parse(fields[1])
		count, err2 := strconv.ParseUint(fields[2], 10, 64)
		if err != nil || err2 != nil {
			return fmt.Errorf("%s: %.100q is no amount of a day: restore the store from a backup", found, value)
		}
		t.sum, t.count = sum, count
		return nil
	})
}
