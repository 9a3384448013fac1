package xrpl

import "time"

// epoch is the Unix time at which the ledger's time begins: 2000-01-01 00:00 UTC.
const epoch = 946_684_800

// Time returns the time that the ledger writes as so many seconds.
func Time(seconds uint32) time.Time { return time.Unix(epoch+int64(seconds), 0).UTC() }

// Seconds returns a time as the ledger writes it, rounded down. It returns 0 for times
// before 2000, and the last possible one for times after 2136.
func Seconds(t time.Time) uint32 {
	return uint32(min(max(t.Unix()-epoch, 0), 1<<32-1))
}
