package connector

import (
	"encoding/hex"
	"errors"
	"log/slog"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/link/looplink"
)

// errFulfillment says what the option of a loopback account has to be.
var errFulfillment = errors.New("options.fulfillment: is not 32 bytes in hexadecimal; write 64 hexadecimal digits")

// newLoopback makes a link that answers by itself: pings always, and packets whose
// condition the option fulfillment meets.
func newLoopback(a config.Account, _ *slog.Logger) (Link, error) {
	text, given := a.Options["fulfillment"].(string)
	if !given {
		return looplink.New(nil), nil
	}
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != ilp.ConditionBytes {
		return nil, errFulfillment
	}
	preimage := [ilp.ConditionBytes]byte(b)
	return looplink.New(&preimage), nil
}
