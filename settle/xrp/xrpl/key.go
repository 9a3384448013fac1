package xrpl

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
)

// Signer signs transactions and claims. A Key does, and so may a device or service that
// keeps the private key to itself.
type Signer interface {
	// Public returns the key that verifies what Sign signs.
	Public() PublicKey
	// Sign signs a message that is not hashed yet: of any length for transactions, and of
	// 44 bytes for claims. It may block.
	Sign(message []byte) ([]byte, error)
}

// Key holds a private key. No way of printing it shows it. The zero Key cannot sign.
type Key struct {
	public  PublicKey
	private func() private // a function, like the secret of a Seed
}

// private holds one of the two.
type private struct {
	ed25519   ed25519.PrivateKey
	secp256k1 *secp256k1.PrivateKey
}

// Ed25519Key returns the ed25519 key whose private half is these 32 random bytes (RFC 8032).
func Ed25519Key(seed [32]byte) Key {
	p := ed25519.NewKeyFromSeed(seed[:])
	k := Key{private: func() private { return private{ed25519: p} }}
	k.public[0] = ed25519Prefix
	copy(k.public[1:], p[32:])
	return k
}

func newSecp256k1Key(p *secp256k1.PrivateKey) Key {
	return Key{PublicKey(p.PubKey().SerializeCompressed()), func() private { return private{secp256k1: p} }}
}

// Public returns the public key. It is zero for the zero Key.
func (k Key) Public() PublicKey { return k.public }

// Sign signs a message as the ledger verifies it: ed25519 over the message itself, or ECDSA
// with a deterministic nonce (RFC 6979) and low S over the first half of its SHA-512.
// It fails only for the zero Key.
func (k Key) Sign(message []byte) ([]byte, error) {
	if k.private == nil {
		return nil, errors.New("no key to sign with: the key is empty")
	}
	p := k.private()
	if p.secp256k1 == nil {
		return ed25519.Sign(p.ed25519, message), nil
	}
	digest := sha512Half(message)
	return ecdsa.Sign(p.secp256k1, digest[:]).Serialize(), nil
}

// String hides the private key.
func (k Key) String() string { return hidden }

// GoString hides the private key.
func (k Key) GoString() string { return hidden }

// Format hides the private key from every verb of fmt.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue hides the private key.
func (k Key) LogValue() slog.Value { return slog.StringValue(hidden) }

var _ Signer = Key{}
