package bearer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"hash"
	"sync"
	"testing"
	"time"
)

// secret is the one that the vectors of the plugin are signed with.
const secret = "shared secret of two peers"

// then is a time when the tokens of the vectors are valid.
var then = time.Unix(1700000010, 0)

// signature makes the signature of a JWT. These use the standard library alone, so that they check
// the library that we use.
type signature func(text string) []byte

func hs(secret string, newHash func() hash.Hash) signature {
	return func(text string) []byte {
		mac := hmac.New(newHash, []byte(secret))
		mac.Write([]byte(text))
		return mac.Sum(nil)
	}
}

func hs256(secret string) signature { return hs(secret, sha256.New) }

func rs256(key *rsa.PrivateKey) signature {
	return func(text string) []byte {
		sum := sha256.Sum256([]byte(text))
		b, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
		if err != nil {
			panic(err)
		}
		return b
	}
}

func es256(key *ecdsa.PrivateKey) signature {
	return func(text string) []byte {
		sum := sha256.Sum256([]byte(text))
		r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
		if err != nil {
			panic(err)
		}
		out := make([]byte, 64)
		r.FillBytes(out[:32])
		s.FillBytes(out[32:])
		return out
	}
}

func unsigned(string) []byte { return nil }

// forge makes a JWT of an algorithm, which need not be that of the signature.
func forge(algorithm, claims string, sign signature) string {
	return forgeHeader(fmt.Sprintf(`{"alg":%q,"typ":"JWT"}`, algorithm), claims, sign)
}

func forgeHeader(header, claims string, sign signature) string {
	text := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
	return text + "." + base64.RawURLEncoding.EncodeToString(sign(text))
}

// The keys are made once, as that of RSA takes long.
var (
	rsaKey = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	ecKey  = sync.OnceValue(func() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) })
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func publicPEM(key any) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must(x509.MarshalPKIXPublicKey(key))}))
}

func privatePEM(key any) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(key))}))
}

// each is an algorithm with all that a test of it needs.
type each struct {
	name string
	rule Rule
	sign signature
	ours SignerOptions
}

// all are the algorithms that we know.
func all() []each {
	key, ec := rsaKey(), ecKey()
	return []each{
		{"HS256", Rule{Secret: secret}, hs256(secret), SignerOptions{Secret: secret}},
		{"HS384", Rule{Secret: secret}, hs(secret, sha512.New384), SignerOptions{Secret: secret, Algorithm: "HS384"}},
		{"HS512", Rule{Secret: secret}, hs(secret, sha512.New), SignerOptions{Secret: secret, Algorithm: "HS512"}},
		{"RS256", Rule{PublicKey: publicPEM(&key.PublicKey)}, rs256(key), SignerOptions{PrivateKey: privatePEM(key)}},
		{"ES256", Rule{PublicKey: publicPEM(&ec.PublicKey)}, es256(ec), SignerOptions{PrivateKey: privatePEM(ec)}},
	}
}

// newVerifier makes a Verifier of options that must make sense.
func newVerifier(t testing.TB, o Options) *Verifier {
	t.Helper()
	v, err := NewVerifier(o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// withRules makes a Verifier of JWT rules.
func withRules(t testing.TB, rules ...Rule) *Verifier {
	t.Helper()
	return newVerifier(t, Options{Rules: rules})
}

// bearer returns the headers of a request with a token.
func bearer(token string) []string { return []string{scheme + token} }
