package xrpl

import (
	"errors"
	"fmt"
	"strings"
)

// AccountID names an account of the ledger. Its text is the address, r... in base58. The
// zero AccountID is an account that nobody has a key for.
type AccountID [20]byte

var accountVersion = []byte{0x00}

// ParseAddress reads an address r... and checks its checksum. A text that may be a secret
// is not repeated in the error.
func ParseAddress(text string) (AccountID, error) {
	payload, err := decode58(text, accountVersion, len(AccountID{}))
	if err == nil {
		return AccountID(payload), nil
	}
	first := text[:min(1, len(text))]
	switch {
	case first == "s":
		return AccountID{}, errors.New("address begins with s, as secrets do: give the address r..., and never the secret")
	case text == "" || len(text) > 50 || strings.Contains(text, " ") || !strings.ContainsAny(first, "rXT"):
		return AccountID{}, fmt.Errorf("address must be an address r... of the XRP Ledger: %w", err)
	case first == "r":
		return AccountID{}, fmt.Errorf("address %q is not an address r... of the XRP Ledger: %w", text, err)
	default:
		return AccountID{}, fmt.Errorf("address %q seems to be an X-address: give the classic address r... instead", text)
	}
}

// String returns the address.
func (a AccountID) String() string { return encode58(accountVersion, a[:]) }

// MarshalText returns the address.
func (a AccountID) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads an address.
func (a *AccountID) UnmarshalText(text []byte) (err error) {
	*a, err = ParseAddress(string(text))
	return err
}
