package xrpl

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// hidden stands for a secret wherever one would be printed.
const hidden = "[secret]"

// Seed holds the secret of an account. No way of printing it shows it; only Reveal does.
// The zero Seed is no secret.
type Seed struct {
	// secret returns it. fmt prints the fields of other structs without asking them, and may
	// follow a pointer, but of a function it prints the address alone.
	secret func() seed
}

type seed struct {
	entropy [16]byte
	ed25519 bool
}

var (
	secp256k1SeedVersion = []byte{0x21}
	ed25519SeedVersion   = []byte{0x01, 0xE1, 0x4B}
)

// ParseSeed reads a family seed: s... for a secp256k1 key, sEd... for an ed25519 key. The
// error never holds the text.
func ParseSeed(text string) (Seed, error) {
	if strings.HasPrefix(text, "r") {
		if _, err := ParseAddress(text); err == nil {
			return Seed{}, errors.New("secret is an address: give the family seed s... or sEd... of the account")
		}
	}
	payload, err := decode58(text, secp256k1SeedVersion, 16)
	if err == nil {
		return Secp256k1Seed([16]byte(payload)), nil
	}
	if payload, edErr := decode58(text, ed25519SeedVersion, 16); edErr == nil {
		return Ed25519Seed([16]byte(payload)), nil
	}
	return Seed{}, fmt.Errorf("secret is not a family seed s... or sEd...: %w", err)
}

// Secp256k1Seed returns the seed s... with these 16 random bytes.
func Secp256k1Seed(entropy [16]byte) Seed { return newSeed(seed{entropy: entropy}) }

// Ed25519Seed returns the seed sEd... with these 16 random bytes.
func Ed25519Seed(entropy [16]byte) Seed { return newSeed(seed{entropy: entropy, ed25519: true}) }

func newSeed(s seed) Seed { return Seed{func() seed { return s }} }

// Reveal returns the secret text. It is empty for the zero Seed.
func (s Seed) Reveal() string {
	if s.secret == nil {
		return ""
	}
	secret := s.secret()
	if secret.ed25519 {
		return encode58(ed25519SeedVersion, secret.entropy[:])
	}
	return encode58(secp256k1SeedVersion, secret.entropy[:])
}

// Key returns the account key of the seed: the one with index 0. The zero Seed has the zero Key.
func (s Seed) Key() Key {
	if s.secret == nil {
		return Key{}
	}
	secret := s.secret()
	if secret.ed25519 {
		return Ed25519Key(sha512Half(secret.entropy[:]))
	}
	return secp256k1Key(secret.entropy)
}

// secp256k1Key derives the account key of a family: the root key of the seed, plus an offset
// that follows from the root's public key and the index.
func secp256k1Key(entropy [16]byte) Key {
	root := firstScalar(entropy[:])
	public := secp256k1.NewPrivateKey(&root).PubKey().SerializeCompressed()
	private := firstScalar(append(public, 0, 0, 0, 0)) // index 0
	private.Add(&root)
	return newSecp256k1Key(secp256k1.NewPrivateKey(&private))
}

// firstScalar hashes start and a counter until the hash is a private key. The first try
// fails once in 2^127.
func firstScalar(start []byte) (scalar secp256k1.ModNScalar) {
	for i := uint32(0); ; i++ {
		h := sha512Half(start, binary.BigEndian.AppendUint32(nil, i))
		if overflow := scalar.SetByteSlice(h[:]); !overflow && !scalar.IsZero() {
			return scalar
		}
	}
}

// String hides the secret.
func (s Seed) String() string { return hidden }

// GoString hides the secret.
func (s Seed) GoString() string { return hidden }

// Format hides the secret from every verb of fmt.
func (s Seed) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue hides the secret.
func (s Seed) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText refuses to write the secret.
func (s Seed) MarshalText() ([]byte, error) {
	return nil, errors.New("a secret is not written out: use Reveal where it must be")
}
