package config

import (
	"fmt"
	"slices"
	"time"
)

// JWTRule accepts JSON Web Tokens. exp and nbf always count if a token has them.
type JWTRule struct {
	// Secret is for HS256, HS384 and HS512, and PublicKey for RS256 and ES256. The latter is the name
	// of a PEM file, or such text. One of them is set.
	Secret    string
	PublicKey string
	// Algorithms are those that a token may have, nil for all that fit the key.
	Algorithms []string
	// Subject, Issuer and Audience are what a token must say, each empty for anything.
	Subject, Issuer, Audience string
	// MaxAge is how old a token may be, by its iat. 0 is any age.
	MaxAge time.Duration
	// RequireExpiry refuses tokens without exp.
	RequireExpiry bool
}

// JWTSigner makes JSON Web Tokens.
type JWTSigner struct {
	// Secret is for HS256, HS384 and HS512, and PrivateKey for RS256 and ES256. The latter is the name
	// of a PEM file, or such text. One of them is set.
	Secret     string
	PrivateKey string
	// Algorithm is empty for the first one that fits the key.
	Algorithm string
	// Subject, Issuer and Audience are what the tokens say, each empty for nothing.
	Subject, Issuer, Audience string
	// Expiry is how long a token is good.
	Expiry time.Duration
}

// The algorithms of tokens, by what they sign with.
var (
	secretAlgorithms = []string{"HS256", "HS384", "HS512"}
	keyAlgorithms    = []string{"RS256", "ES256"}
)

// String returns no secret.
func (JWTRule) String() string { return "a rule for JSON Web Tokens" }

// String returns no secret.
func (JWTSigner) String() string { return "a signer of JSON Web Tokens" }

// readJWTRules reads one rule, or a list of them.
func readJWTRules(in *optionReader) (rules []JWTRule) {
	list, isList := in.values["jwt"].([]any)
	if !isList {
		if rule, ok := in.object("jwt"); ok {
			rules = append(rules, readJWTRule(rule))
		}
		return rules
	}
	elements := in.elements("jwt", "")
	for i := range list {
		if rule, ok := elements.object(stepTo(i)); ok {
			rules = append(rules, readJWTRule(rule))
		} else if list[i] == nil {
			elements.fault(stepTo(i), "is null, not an object", "remove it, or write "+objectExample("jwt"))
		}
	}
	if len(list) > credentialsMax {
		in.fault("jwt", fmt.Sprintf("has %d rules, and %d are the most: a stranger makes us try all of them", len(list), credentialsMax), "remove those that the peer does not need any more")
	}
	if len(list) == 0 {
		in.fault("jwt", "is an empty list, which accepts no token", "remove it, or write "+objectExample("jwt"))
	}
	return rules
}

func readJWTRule(in *optionReader) JWTRule {
	out := JWTRule{Secret: readKey(in, "secret"), PublicKey: in.text("publicKey")}
	known := readKeys(in, "publicKey")
	algorithms := in.elements("algorithms", `["HS256"]`)
	for _, step := range algorithms.steps() {
		if name := algorithms.text(step); algorithms.isText(step) {
			checkAlgorithm(algorithms, step, name, known)
			out.Algorithms = append(out.Algorithms, name)
		}
	}
	if in.values["algorithms"] != nil && len(algorithms.values) == 0 && in.isList("algorithms") {
		in.fault("algorithms", "is an empty list, which accepts no token", "remove it, or use "+oneOf(known))
	}
	out.Subject, out.Issuer, out.Audience = in.text("subject"), in.text("issuer"), in.text("audience")
	out.MaxAge, out.RequireExpiry = in.milliseconds("maxAge"), in.flag("requireExpiry", false)
	if _, isNumber := wholeNumber(in.values["maxAge"]); out.MaxAge == 0 && !out.RequireExpiry && (isNumber || in.values["maxAge"] == nil) {
		in.warn("requireExpiry", "is not set, and neither is maxAge: a token without exp is good for ever", "set requireExpiry, or maxAge in milliseconds")
	}
	in.done()
	return out
}

func readJWTSigner(in *optionReader) *JWTSigner {
	out := &JWTSigner{Secret: readKey(in, "secret"), PrivateKey: in.text("privateKey"), Algorithm: in.text("algorithm")}
	if known := readKeys(in, "privateKey"); out.Algorithm != "" {
		checkAlgorithm(in, "algorithm", out.Algorithm, known)
	}
	out.Subject, out.Issuer, out.Audience = in.text("subject"), in.text("issuer"), in.text("audience")
	out.Expiry = signedFor(in, "expiry", in.milliseconds("expiry"))
	in.done()
	return out
}

// readKeys wants either a secret or a key. It returns the algorithms that fit.
func readKeys(in *optionReader, key string) []string {
	switch {
	case in.given("secret") && in.given(key):
		in.fault(key, "is set, and so is secret: a token is signed with one of them", "remove one of the two")
	case !in.given("secret", key):
		in.fault("", "holds neither secret nor "+key, "set secret, which both sides know, or "+key+", a PEM file or its text")
	}
	if in.given(key) {
		return keyAlgorithms
	}
	return secretAlgorithms
}

func checkAlgorithm(in *optionReader, key, name string, known []string) {
	if !slices.Contains(known, name) {
		in.fault(key, "is "+show(name)+", which does not fit the secret or the key", "use "+oneOf(known))
	}
}

// signedFor returns how long a token is good that we sign.
func signedFor(in *optionReader, key string, expiry time.Duration) time.Duration {
	switch {
	case expiry == 0:
		return jwtExpiryDefault
	case expiry < 2*time.Second:
		in.fault(key, "is less than two seconds: a token counts whole seconds, and we send it for half of its time", "use 2000 milliseconds or more; the default is 30000")
	}
	return expiry
}
