package bearer

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"
)

func pemOf(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// certificate makes a certificate that expired long ago: its dates do not matter.
func certificate(t *testing.T) string {
	t.Helper()
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(1, 0)}
	return pemOf("CERTIFICATE", must(x509.CreateCertificate(rand.Reader, c, c, &rsaKey().PublicKey, rsaKey())))
}

func TestPublicKeysAreRead(t *testing.T) {
	token := forge("RS256", timesOnly, rs256(rsaKey()))
	public := publicPEM(&rsaKey().PublicKey)
	for what, text := range map[string]string{
		"public key":           public,
		"with text before it":  "the key of bob:\n" + public,
		"with blanks about it": "\n " + public + "\n\n",
		"with CRLF":            strings.ReplaceAll(public, "\n", "\r\n"),
		"PKCS #1":              pemOf("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsaKey().PublicKey)),
		"certificate":          certificate(t),
	} {
		if _, err := withRules(t, Rule{PublicKey: text}).Verify(bearer(token), then); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// weakRSA is the public key of an RSA key that is too short. Such a key is not made any more.
func weakRSA() *rsa.PublicKey {
	return &rsa.PublicKey{N: new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 1024), big.NewInt(1)), E: 65537}
}

func TestRulesThatMakeNoSenseAreRefused(t *testing.T) {
	public, private := publicPEM(&rsaKey().PublicKey), privatePEM(rsaKey())
	otherCurve := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	for _, test := range []struct {
		rule Rule
		want string
	}{
		{Rule{}, "either a shared secret or a public key"},
		{Rule{Secret: secret, PublicKey: public}, "either a shared secret or a public key"},
		{Rule{Secret: public}, "the shared secret is PEM text"},
		{Rule{Secret: secret, MaxAge: -1}, "cannot be negative"},
		{Rule{Secret: secret, Leeway: -1}, "cannot be negative"},
		{Rule{Secret: secret, Algorithms: []string{"RS256"}}, `a shared secret takes HS256, HS384, HS512, not the algorithm "RS256"`},
		{Rule{Secret: secret, Algorithms: []string{"HS256", "none"}}, `not the algorithm "none"`},
		{Rule{Secret: secret, Algorithms: []string{"hs256"}}, `not the algorithm "hs256"`},
		{Rule{PublicKey: public, Algorithms: []string{"HS256"}}, `an RSA key takes RS256, not the algorithm "HS256"`},
		{Rule{PublicKey: public, Algorithms: []string{"ES256"}}, `not the algorithm "ES256"`},
		{Rule{PublicKey: "abc"}, "no PEM text"},
		{Rule{PublicKey: public + public}, "text behind its first PEM block"},
		{Rule{PublicKey: private}, "it is a private key"},
		{Rule{PublicKey: pemOf("PUBLIC KEY", []byte("abc"))}, "cannot be read: asn1"},
		{Rule{PublicKey: pemOf("CERTIFICATE", []byte("abc"))}, "cannot be read: x509"},
		{Rule{PublicKey: pemOf("CERTIFICATE REQUEST", []byte("abc"))}, `a PEM block of type "CERTIFICATE REQUEST"`},
		{Rule{PublicKey: publicPEM(weakRSA())}, "the RSA key has 1024 bits, and RS256 needs 2048 or more"},
		{Rule{PublicKey: publicPEM(&otherCurve.PublicKey)}, "on the curve P-384, and ES256 needs P-256"},
		{Rule{PublicKey: publicPEM(ed25519.PublicKey(make([]byte, ed25519.PublicKeySize)))}, "neither RSA nor EC"},
	} {
		_, err := NewVerifier(Options{Rules: []Rule{{Secret: "the first rule is good"}, test.rule}})
		if err == nil || !strings.HasPrefix(err.Error(), "JWT rule 2: ") || !strings.Contains(err.Error(), test.want) || quotes(err, secret, private) {
			t.Errorf("%v, want %q", err, test.want)
		}
	}
}

// quotes reports whether an error shows a part of some secrets.
func quotes(err error, secrets ...string) bool {
	for _, s := range secrets {
		for i := 0; i+16 <= len(s); i++ {
			if strings.Contains(err.Error(), s[i:i+16]) && !strings.Contains(s[:min(i+40, len(s))], "BEGIN") && !strings.Contains(s[i:], "END PRIVATE KEY") {
				return true
			}
		}
	}
	return false
}

func TestPrivateKeysAreRead(t *testing.T) {
	sec1 := must(x509.MarshalECPrivateKey(ecKey()))
	for what, test := range map[string]struct {
		text string
		rule Rule
	}{
		"RSA, PKCS #8":           {privatePEM(rsaKey()), Rule{PublicKey: publicPEM(&rsaKey().PublicKey)}},
		"RSA, PKCS #1":           {pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey())), Rule{PublicKey: publicPEM(&rsaKey().PublicKey)}},
		"EC, PKCS #8":            {privatePEM(ecKey()), Rule{PublicKey: publicPEM(&ecKey().PublicKey)}},
		"EC, SEC 1":              {pemOf("EC PRIVATE KEY", sec1), Rule{PublicKey: publicPEM(&ecKey().PublicKey)}},
		"EC, behind its numbers": {pemOf("EC PARAMETERS", []byte("x")) + pemOf("EC PRIVATE KEY", sec1), Rule{PublicKey: publicPEM(&ecKey().PublicKey)}},
	} {
		s, err := NewSigner(SignerOptions{PrivateKey: test.text})
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if _, err := withRules(t, test.rule).Verify([]string{must(s.Header(then))}, then); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestWarningIsOfShortSecrets(t *testing.T) {
	for secret, want := range map[string]bool{"": true, "x": true, strings.Repeat("x", 15): true, strings.Repeat("x", 16): false, secret: false} {
		if got := Warning(secret); (got != "") != want || secret != "" && strings.Contains(got, secret) && secret != "x" {
			t.Errorf("%d bytes: %q", len(secret), got)
		}
	}
	if _, err := NewVerifier(Options{Tokens: []Token{{Text: "x"}}, Rules: []Rule{{Secret: "y"}}}); err != nil {
		t.Errorf("short secrets are refused: %v", err)
	}
	if _, err := NewSigner(SignerOptions{Secret: "y"}); err != nil {
		t.Errorf("a short secret is refused: %v", err)
	}
}
