package xrpl

import (
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"pgregory.net/rapid"
)

// The second of the two signatures that ECDSA allows for each is not canonical. The ledger
// refuses it, so we must not credit a claim with it.
func TestHighSIsRefused(t *testing.T) {
	k := key(t, "snoPBrXtMeMyMHUVTgbuqAfg1SUTb")
	rapid.Check(t, func(t *rapid.T) {
		message := rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "message")
		signature, err := k.Sign(message)
		if err != nil {
			t.Fatal(err)
		}
		s, err := ecdsa.ParseDERSignature(signature)
		if err != nil {
			t.Fatal(err)
		}
		r, low := s.R(), s.S()
		if low.IsOverHalfOrder() || !k.Public().Verify(message, signature) {
			t.Fatalf("%X is not canonical", signature)
		}
		high := low.Negate()
		if k.Public().Verify(message, derOf(r.Bytes(), high.Bytes())) {
			t.Fatalf("a high S is taken for %X", message)
		}
		again := *high
		if !k.Public().Verify(message, derOf(r.Bytes(), again.Negate().Bytes())) {
			t.Fatal("derOf does not write signatures")
		}
	})
}

// derOf writes a signature without making its S low, as ecdsa.Signature.Serialize does.
func derOf(r, s [32]byte) []byte {
	integer := func(b []byte) []byte {
		for len(b) > 1 && b[0] == 0 {
			b = b[1:]
		}
		if b[0] >= 0x80 {
			b = append([]byte{0}, b...)
		}
		return append([]byte{2, byte(len(b))}, b...)
	}
	body := append(integer(r[:]), integer(s[:])...)
	return append([]byte{0x30, byte(len(body))}, body...)
}

// S and S plus the order of the group are the same number, so ed25519 has a second
// signature, too.
func TestEd25519SAboveTheOrderIsRefused(t *testing.T) {
	k := Ed25519Key([32]byte{1})
	signature, err := k.Sign([]byte("message"))
	if err != nil {
		t.Fatal(err)
	}
	order := []byte{
		0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
	}
	carry := 0
	for i, o := range order {
		carry += int(signature[32+i]) + int(o)
		signature[32+i], carry = byte(carry), carry>>8
	}
	if k.Public().Verify([]byte("message"), signature) {
		t.Error("an S above the order is taken")
	}
}
