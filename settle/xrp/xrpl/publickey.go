package xrpl

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"golang.org/x/crypto/ripemd160" //nolint:staticcheck // account ids are made with it

	"github.com/ilp-go/connector/clip"
)

// PublicKey holds a public key as the ledger writes it: 0xED and an ed25519 key, or a
// compressed secp256k1 key, which begins with 2 or 3. Its text is hex. The zero PublicKey
// is no key.
type PublicKey [33]byte

// ed25519Prefix is the first byte of a PublicKey that is of ed25519.
const ed25519Prefix = 0xED

var (
	publicVersion = []byte{0x23}
	errNoKey      = errors.New("a public key begins with the byte ED, 02 or 03")
)

// ParsePublicKey reads a public key in hex in either case, or in base58 (aB...).
func ParsePublicKey(text string) (k PublicKey, err error) {
	if len(text) != 2*len(k) {
		payload, err := decode58(text, publicVersion, len(k))
		if err != nil {
			return PublicKey{}, fmt.Errorf("public key %q is neither 66 hex digits nor aB... in base58: %w", clip.UTF8(text, 2*len(k)), err)
		}
		k = PublicKey(payload)
	} else if _, err := hex.Decode(k[:], []byte(text)); err != nil {
		return PublicKey{}, fmt.Errorf("public key %q must have 66 hex digits: %w", text, err)
	}
	if !k.known() {
		return PublicKey{}, fmt.Errorf("public key %v: %w", k, errNoKey)
	}
	return k, nil
}

// known reports whether the first byte names a kind of key.
func (k PublicKey) known() bool { return k[0] == ed25519Prefix || k[0] == 2 || k[0] == 3 }

// String returns the key in upper-case hex.
func (k PublicKey) String() string { return upperHex(k[:]) }

// MarshalText returns the key in upper-case hex.
func (k PublicKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a key as ParsePublicKey does.
func (k *PublicKey) UnmarshalText(text []byte) (err error) {
	*k, err = ParsePublicKey(string(text))
	return err
}

// Account returns the account whose master key this is.
func (k PublicKey) Account() (a AccountID) {
	sum := sha256.Sum256(k[:])
	h := ripemd160.New()
	h.Write(sum[:])
	copy(a[:], h.Sum(nil))
	return a
}

// Verify reports whether signature is of this key over message. Like the ledger it takes
// only fully canonical signatures, so no third party can make a second one of the first.
func (k PublicKey) Verify(message, signature []byte) bool {
	if k[0] == ed25519Prefix {
		return ed25519.Verify(k[1:], message, signature)
	}
	public, err := secp256k1.ParsePubKey(k[:])
	if err != nil {
		return false
	}
	s, err := ecdsa.ParseDERSignature(signature)
	if err != nil {
		return false
	}
	if second := s.S(); second.IsOverHalfOrder() {
		return false
	}
	digest := sha512Half(message)
	return s.Verify(digest[:], public)
}
