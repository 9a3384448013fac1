package bearer

import (
	"crypto/hmac"
	"crypto/sha256"
	"strings"
	"testing"
)

// The standard library is the oracle.
func TestDigestIsHMAC(t *testing.T) {
	key := randomKey()
	k := newDigestKey(key)
	for _, n := range []int{0, 1, 63, 64, 65, 127, 128, 129, 1000, TokenBytesMax} {
		token := strings.Repeat("x", n)
		mac := hmac.New(sha256.New, key[:])
		mac.Write([]byte(token))
		if got := k.digest(token); got != digest(mac.Sum(nil)) {
			t.Errorf("the digest of %d bytes is not their HMAC", n)
		}
	}
}

func TestDigestKeyIsRandom(t *testing.T) {
	if a, b := randomKey(), randomKey(); a == b {
		t.Error("two keys are the same")
	}
	if processKey == newDigestKey([sha256.Size]byte{}) {
		t.Error("the key of the process is zero")
	}
}
