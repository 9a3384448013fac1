package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/ilp-go/connector/account/balance"
)

// limit is an amount or an infinity that a setting may leave out.
type limit struct {
	balance.Limit
	given bool
}

// parseLimit reads a text that the schema has passed. A number that no balance can
// reach counts as infinite.
func parseLimit(text string) limit {
	l, err := balance.ParseLimit(text)
	if errors.Is(err, strconv.ErrRange) {
		if l, err = balance.Infinity(), nil; strings.HasPrefix(text, "-") {
			l = balance.NegativeInfinity()
		}
	}
	return limit{l, err == nil}
}

// above reports whether both limits are given and l is the greater one.
func (l limit) above(m limit) bool { return l.given && m.given && l.Above(m.Limit) }

// Limits returns Minimum, without bound if it is empty, and Maximum.
func (b Balance) Limits() (limits balance.Limits, err error) {
	limits.Minimum = balance.NegativeInfinity()
	if b.Minimum != "" {
		if limits.Minimum, err = balance.ParseLimit(b.Minimum); err != nil {
			return limits, fmt.Errorf("balance.minimum: %w", err)
		}
	}
	if limits.Maximum, err = balance.ParseLimit(b.Maximum); err != nil {
		return limits, fmt.Errorf("balance.maximum: %w", err)
	}
	return limits, nil
}
