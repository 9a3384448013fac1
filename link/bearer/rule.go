package bearer

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Rule says which JWTs an account accepts. It has either a Secret or a PublicKey.
type Rule struct {
	Secret    string // shared with the peer, for HS256, HS384 and HS512
	PublicKey string // of the peer, for RS256 or ES256: PEM text of a public key or a certificate

	// Algorithms are those that are accepted, of those that the kind of key takes. Without any, all
	// of these are accepted, as in the plugin.
	Algorithms []string

	// What the claims sub, iss and aud must be, empty for anything. The plugin does not look at them.
	Subject, Issuer, Audience string

	// RequireExpiry refuses tokens without exp, which are good for ever in the plugin.
	RequireExpiry bool

	// MaxAge bounds the time since the claim iat. Tokens without iat or exp are refused. 0 is no bound.
	MaxAge time.Duration

	// Leeway is by how much the clock of the peer may be wrong. The plugin has none.
	Leeway time.Duration
}

// rule is a Rule as tokens are checked against it.
type rule struct {
	expected
	algorithms []algorithm
	key        any
	id         digest // of the key
}

func newRule(o Rule) (r rule, err error) {
	var k kind
	switch {
	case (o.Secret == "") == (o.PublicKey == ""):
		return r, errors.New("it needs either a shared secret or a public key")
	case o.MaxAge < 0 || o.Leeway < 0:
		return r, errors.New("its maximum age and leeway cannot be negative")
	case o.Secret != "":
		k, r.id = shared, digestOf(o.Secret)
		r.key, err = secretKey(o.Secret)
	default:
		var der []byte
		r.key, k, der, err = publicKey(o.PublicKey)
		r.id = digestOf(string(der))
	}
	if err != nil {
		return r, err
	}
	r.algorithms, err = algorithmsOf(k, o.Algorithms)
	r.expected = expected{o.Subject, o.Issuer, o.Audience, o.RequireExpiry, int64(o.MaxAge), int64(o.Leeway)}
	return r, err
}

// verify returns the span in which a token is valid, or why it is refused. signed says that its
// signature is right.
func (r *rule) verify(t *token, now int64) (valid span, signed bool, err error) {
	i := slices.IndexFunc(r.algorithms, func(a algorithm) bool { return a.name == t.algorithm })
	if i < 0 {
		return valid, false, fmt.Errorf("its algorithm is %.20q, want %s", t.algorithm, namesOf(r.algorithms))
	}
	if r.algorithms[i].method.Verify(t.signed, t.signature, r.key) != nil {
		return valid, false, errors.New("wrong signature")
	}
	valid, err = r.check(t.claims, now)
	return valid, true, err
}

// token is a JWT that is parsed but not verified.
type token struct {
	algorithm string
	signed    string // the header and the claims, as they were sent
	signature []byte
	claims    jwt.MapClaims
}

// subject returns the claim sub, empty if there is none.
func (t *token) subject() string {
	sub, _ := t.claims["sub"].(string)
	return sub
}

// Reasons why a text is no JWT. They do not quote it, as it may be the secret of another peer.
var (
	errNoJWT     = errors.New("it is no JWT")
	errMalformed = errors.New("it is a malformed JWT")
	errCritical  = errors.New("its header demands extensions (crit), and we have none")
)

// parser decodes tokens. Bits that base64url leaves unused must be zero, or a token would have
// several spellings.
var parser = jwt.NewParser(jwt.WithStrictDecoding())

// parseJWT parses a JWT. It verifies nothing.
func parseJWT(text string) (*token, error) {
	claims := jwt.MapClaims{}
	t, parts, err := parser.ParseUnverified(text, claims)
	switch {
	case len(parts) < 3:
		return nil, errNoJWT
	case errors.Is(err, jwt.ErrTokenMalformed):
		return nil, errMalformed
	}
	name, _ := t.Header["alg"].(string)
	if err != nil {
		return nil, fmt.Errorf("its algorithm %.20q is unknown", name)
	}
	if _, there := t.Header["crit"]; there { // RFC 7515, section 4.1.11
		return nil, errCritical
	}
	return &token{name, text[:len(parts[0])+1+len(parts[1])], t.Signature, claims}, nil
}
