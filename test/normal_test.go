package test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// expiryTolerance is how far an expiry that is capped from now may be from what it should be.
const expiryTolerance = 3 * time.Second

// dataShown is how many bytes of a packet's data a record shows in full.
const dataShown = 64

var (
	isoTime  = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`)
	timedOut = regexp.MustCompile(`\d+ timed out`)
)

func hexOf(b []byte) string { return hex.EncodeToString(b) }

// delivery describes a request so that it can be compared with that of another run.
func (b *bench) delivery(at string, r request, began time.Time) delivery {
	d := delivery{At: at, Amount: r.Amount, Destination: r.Destination, Condition: r.Condition, Data: shorten(r.Data)}
	if d.Condition == b.sent.condition {
		d.Condition = "as sent"
	}
	if !r.Canonical {
		d.Odd = fmt.Sprintf("%d bytes, not as ilp-packet writes it", len(r.Hex)/2)
	}
	if r.ExpiresAt.IsZero() {
		return d
	}
	ahead := r.ExpiresAt.Sub(b.sent.expiresAt)
	capped := r.ExpiresAt.Sub(began.Add(b.hold))
	switch {
	case ahead != -b.window && capped.Abs() < expiryTolerance:
		d.Expiry = fmt.Sprintf("%v from now", b.hold)
	default:
		d.Expiry = fmt.Sprintf("%v after the sender's", ahead)
	}
	return d
}

// normalize replaces what changes from run to run by its name.
func (b *bench) normalize(o outcome, preimage string) outcome {
	o.Reply = b.normalizeReply(o.Reply, preimage)
	return o
}

func (b *bench) normalizeReply(r reply, preimage string) reply {
	if r.Fulfillment == preimage {
		r.Fulfillment = "the preimage"
	}
	if !b.sent.expiresAt.IsZero() {
		sent := b.sent.expiresAt.UTC().Format("2006-01-02T15:04:05.000Z")
		r.Message = strings.ReplaceAll(r.Message, sent, "<expiry>")
	}
	r.Message = isoTime.ReplaceAllString(r.Message, "<time>")
	r.Message = timedOut.ReplaceAllString(r.Message, "<id> timed out")
	r.Data = shorten(r.Data)
	r.Hex = shorten(r.Hex)
	if len(r.Entries) == 0 {
		r.Entries = nil // as a record has it
	}
	for i, e := range r.Entries {
		r.Entries[i].Reply = b.normalizeReply(e.Reply, preimage)
	}
	return r
}

// shorten gives long data, in hex, as its length and hash.
func shorten(data string) string {
	if len(data) <= 2*dataShown {
		return data
	}
	sum := sha256.Sum256([]byte(data))
	return fmt.Sprintf("%d bytes %x", len(data)/2, sum[:8])
}
