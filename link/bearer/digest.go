package bearer

import (
	"crypto/rand"
	"crypto/sha256"
)

// digest is the HMAC-SHA256 (RFC 2104) of a token under a key of this process. We keep it in
// place of the token. As a stranger does not know the key, the time that a lookup of a digest
// takes says nothing about our tokens.
type digest [sha256.Size]byte

// digestKey is the key of the digests, padded as HMAC does it. It is random in each process.
type digestKey struct{ inner, outer [sha256.BlockSize]byte }

var processKey = newDigestKey(randomKey())

func randomKey() (key [sha256.Size]byte) {
	_, _ = rand.Read(key[:]) // never fails
	return key
}

func newDigestKey(key [sha256.Size]byte) (k digestKey) {
	copy(k.inner[:], key[:])
	copy(k.outer[:], key[:])
	for i := range sha256.BlockSize {
		k.inner[i] ^= 0x36
		k.outer[i] ^= 0x5c
	}
	return k
}

// digestOf returns the digest of a token. It does not allocate.
func digestOf(token string) digest { return processKey.digest(token) }

func (k *digestKey) digest(token string) digest {
	inner := sha256.New() // on the stack, as is its input, which crypto/hmac does not do
	inner.Write(k.inner[:])
	var block [sha256.BlockSize]byte
	for token != "" {
		n := copy(block[:], token)
		inner.Write(block[:n])
		token = token[n:]
	}
	var outer [sha256.BlockSize + sha256.Size]byte
	copy(outer[:], k.outer[:])
	inner.Sum(outer[:sha256.BlockSize])
	return sha256.Sum256(outer[:])
}
