package bearer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// SecretBytesMin is the length below which Warning warns, in bytes. A peer that sees a token can try
// secrets without asking us, and 16 random bytes are beyond that.
const SecretBytesMin = 16

// rsaBitsMin is the least size of an RSA key (RFC 7518, section 3.3).
const rsaBitsMin = 2048

// Warning returns what to tell an operator about a static token or a shared secret that is easy to
// guess, and nothing if it is not. Such a secret works, as peers may have agreed on it.
func Warning(secret string) string {
	if len(secret) >= SecretBytesMin {
		return ""
	}
	return fmt.Sprintf("it has %d bytes, and less than %d may be guessed: agree on a longer random one", len(secret), SecretBytesMin)
}

// kind is a kind of key. Each algorithm takes one kind, so that no key is ever used for an
// algorithm that it was not made for (RFC 8725, section 3.1).
type kind string

const (
	shared  kind = "a shared secret"
	rsaPair kind = "an RSA key"
	ecPair  kind = "an EC key"
)

// algorithm is one of the algorithms of RFC 7518 that we know. There is no "none".
type algorithm struct {
	name   string
	key    kind
	method jwt.SigningMethod
}

var algorithms = []algorithm{
	{"HS256", shared, jwt.SigningMethodHS256},
	{"HS384", shared, jwt.SigningMethodHS384},
	{"HS512", shared, jwt.SigningMethodHS512},
	{"RS256", rsaPair, jwt.SigningMethodRS256},
	{"ES256", ecPair, jwt.SigningMethodES256},
}

// algorithmsOf returns the algorithms with these names, which must all take a kind of key. Without
// names it returns all that take it.
func algorithmsOf(key kind, names []string) (some []algorithm, err error) {
	for _, a := range algorithms {
		if a.key == key && (len(names) == 0 || slices.Contains(names, a.name)) {
			some = append(some, a)
		}
	}
	for _, name := range names {
		if !slices.ContainsFunc(some, func(a algorithm) bool { return a.name == name }) {
			all, _ := algorithmsOf(key, nil)
			return nil, fmt.Errorf("%s takes %s, not the algorithm %.20q", key, namesOf(all), name)
		}
	}
	return some, nil
}

// namesOf returns the names of some algorithms as a text.
func namesOf(some []algorithm) string {
	var names []string
	for _, a := range some {
		names = append(names, a.name)
	}
	return strings.Join(names, ", ")
}

// secretKey returns the key of a shared secret: its bytes, as the plugin takes them.
func secretKey(secret string) ([]byte, error) {
	if strings.Contains(secret, "-----BEGIN ") {
		return nil, errors.New("the shared secret is PEM text: give it as a key, since a public key is no secret")
	}
	return []byte(secret), nil
}

// publicKey reads the PEM text of a public key, or of a certificate, whose dates and issuer do not
// matter. der is the key alone.
func publicKey(text string) (key any, k kind, der []byte, err error) {
	block, rest := pem.Decode([]byte(strings.TrimSpace(text)))
	switch {
	case block == nil:
		return nil, "", nil, errors.New("the public key is no PEM text: it begins with -----BEGIN PUBLIC KEY----- or -----BEGIN CERTIFICATE-----")
	case strings.TrimSpace(string(rest)) != "":
		return nil, "", nil, errors.New("the public key has text behind its first PEM block: leave only the key or certificate of the peer")
	}
	switch block.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		var c *x509.Certificate
		if c, err = x509.ParseCertificate(block.Bytes); err == nil {
			key = c.PublicKey
		}
	case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY":
		err = errors.New("it is a private key, which only the peer should have: ask for the public one")
	default:
		err = fmt.Errorf("it is a PEM block of type %.40q, not PUBLIC KEY or CERTIFICATE", block.Type)
	}
	if err != nil {
		return nil, "", nil, fmt.Errorf("the public key cannot be read: %w", err)
	}
	if k, err = kindOf(key); err != nil {
		return nil, "", nil, err
	}
	der, err = x509.MarshalPKIXPublicKey(key)
	return key, k, der, err
}

// privateKey reads the PEM text of a private key. Its errors have no cause, which might quote the
// key.
func privateKey(text string) (key any, k kind, err error) {
	block, rest := pem.Decode([]byte(strings.TrimSpace(text)))
	if block != nil && block.Type == "EC PARAMETERS" { // as openssl ecparam writes before the key
		block, _ = pem.Decode(rest)
	}
	if block == nil {
		return nil, "", errors.New("the private key is no PEM text: it begins with -----BEGIN PRIVATE KEY-----")
	}
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "ENCRYPTED PRIVATE KEY":
		return nil, "", errors.New("the private key has a passphrase: remove it, with openssl pkey")
	default:
		return nil, "", fmt.Errorf("the private key is a PEM block of type %.40q, not PRIVATE KEY", block.Type)
	}
	if err != nil {
		return nil, "", errors.New("the private key cannot be read: it is damaged, or has a passphrase")
	}
	switch p := key.(type) {
	case *rsa.PrivateKey:
		k, err = kindOf(&p.PublicKey)
	case *ecdsa.PrivateKey:
		k, err = kindOf(&p.PublicKey)
	default:
		k, err = kindOf(key)
	}
	return key, k, err
}

// kindOf returns the kind of a public key, or why we do not take it.
func kindOf(public any) (kind, error) {
	switch p := public.(type) {
	case *rsa.PublicKey:
		if bits := p.N.BitLen(); bits < rsaBitsMin {
			return "", fmt.Errorf("the RSA key has %d bits, and RS256 needs %d or more", bits, rsaBitsMin)
		}
		return rsaPair, nil
	case *ecdsa.PublicKey:
		if p.Curve != elliptic.P256() {
			return "", fmt.Errorf("the EC key is on the curve %s, and ES256 needs P-256", p.Curve.Params().Name)
		}
		return ecPair, nil
	}
	return "", errors.New("the key is neither RSA nor EC, and RS256 and ES256 need one of these")
}
