package remote

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/ilp-go/connector/account/balance"
)

// quantity is an amount in the JSON of engines (RFC 38, "Quantity object").
type quantity struct {
	Amount string `json:"amount"`
	Scale  uint8  `json:"scale"`
}

// errQuantity says that a body is not a quantity.
var errQuantity = errors.New(`not a quantity: want {"amount": "<digits>", "scale": <0 to 255>}`)

// parseQuantity reads a quantity. In the RFC the amount is a string. Some engines send a
// number, which is as exact.
func parseQuantity(b []byte) (amount balance.Amount, scale uint8, err error) {
	var q struct {
		Amount json.RawMessage `json:"amount"`
		Scale  *uint8          `json:"scale"`
	}
	if err := json.Unmarshal(b, &q); err != nil || q.Scale == nil {
		return balance.Amount{}, 0, errQuantity
	}
	digits := string(q.Amount)
	if n := len(digits); n > 2 && digits[0] == '"' && digits[n-1] == '"' {
		digits = digits[1 : n-1]
	}
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return balance.Amount{}, 0, errQuantity
	}
	if digits = strings.TrimLeft(digits, "0"); digits == "" {
		digits = "0"
	}
	amount, err = balance.Parse(digits)
	if err != nil {
		return balance.Amount{}, 0, balance.ErrOutOfRange
	}
	return amount, *q.Scale, nil
}
