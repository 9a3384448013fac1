package xrpl

import (
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/ilp-go/connector/clip"
)

// Hash holds 32 bytes that name a transaction, a ledger or an entry of the ledger, such as
// a channel. Its text is 64 hex digits in upper case.
type Hash [32]byte

// ParseHash reads 64 hex digits in either case.
func ParseHash(text string) (h Hash, err error) {
	if len(text) != 2*len(h) {
		return Hash{}, fmt.Errorf("hash %q has %d characters: it must have 64 hex digits", clip.UTF8(text, 2*len(h)), len(text))
	}
	if _, err := hex.Decode(h[:], []byte(text)); err != nil {
		return Hash{}, fmt.Errorf("hash %q must have 64 hex digits: %w", text, err)
	}
	return h, nil
}

// String returns the hash in upper-case hex.
func (h Hash) String() string { return upperHex(h[:]) }

// MarshalText returns the hash in upper-case hex.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads 64 hex digits.
func (h *Hash) UnmarshalText(text []byte) (err error) {
	*h, err = ParseHash(string(text))
	return err
}

// Bytes holds bytes whose text is hex: a signature, or a domain.
type Bytes []byte

// String returns the bytes in upper-case hex.
func (b Bytes) String() string { return upperHex(b) }

// MarshalText returns the bytes in upper-case hex.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(upperHex(b)), nil }

// UnmarshalText reads hex digits in either case. It never returns nil bytes.
func (b *Bytes) UnmarshalText(text []byte) error {
	to := make(Bytes, hex.DecodedLen(len(text)))
	if _, err := hex.Decode(to, text); err != nil {
		return fmt.Errorf("text must be hex digits in pairs: %w", err)
	}
	*b = to
	return nil
}

func upperHex(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }

// sha512Half returns the first half of the SHA-512 of the parts together.
func sha512Half(parts ...[]byte) (h Hash) {
	all := sha512.New()
	for _, p := range parts {
		all.Write(p)
	}
	copy(h[:], all.Sum(nil))
	return h
}
