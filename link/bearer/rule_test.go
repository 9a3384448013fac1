package bearer

import (
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

const timesOnly = `{"iat":1700000000,"exp":1700000030}`

func TestEveryAlgorithmIsVerified(t *testing.T) {
	for _, a := range all() {
		t.Run(a.name, func(t *testing.T) {
			v := withRules(t, a.rule)
			good := forge(a.name, timesOnly, a.sign)
			if m, err := v.Verify(bearer(good), then); err != nil || !m.JWT {
				t.Fatal(err)
			}
			head, end := good[:strings.LastIndex(good, ".")+1], good[strings.LastIndex(good, ".")+1:]
			raw := must(base64.RawURLEncoding.DecodeString(end))
			bad := map[string]string{
				"no signature":       head,
				"half a signature":   head + end[:len(end)/2],
				"a longer signature": head + base64.RawURLEncoding.EncodeToString(append(raw, 0)),
				"another signature":  forge(a.name, timesOnly, func(text string) []byte { return a.sign(text + " ") }),
				"zeros":              forge(a.name, timesOnly, func(string) []byte { return make([]byte, len(raw)) }),
				"other claims":       forge(a.name, `{"iat":1700000000,"exp":1800000030}`, func(string) []byte { return raw }),
			}
			for what, token := range bad {
				m, err := v.Verify(bearer(token), then)
				if !errors.Is(err, ErrUnknownToken) || m != (Match{}) {
					t.Errorf("%s: %+v, %v", what, m, err)
				}
			}
			if n := len(v.verified.entries); n != 1 {
				t.Errorf("%d tokens are remembered, and one was good", n)
			}
		})
	}
}

// A key is used for the algorithms of its kind alone: with a public key as the shared secret of
// HS256, anyone could sign (RFC 8725, section 2.1).
func TestKeysOfOtherKindsVerifyNothing(t *testing.T) {
	for _, a := range all() {
		secrets := map[string]string{
			"the PEM text": a.rule.PublicKey, "the PEM text, trimmed": strings.TrimSpace(a.rule.PublicKey), "the secret": a.rule.Secret, "nothing": "",
		}
		v := withRules(t, a.rule)
		for what, key := range secrets {
			for name, sign := range map[string]signature{"HS256": hs256(key), "HS384": hs(key, sha512.New384), "HS512": hs(key, sha512.New)} {
				if a.rule.Secret != "" && key == a.rule.Secret {
					continue // those are good
				}
				if _, err := v.Verify(bearer(forge(name, timesOnly, sign)), then); !errors.Is(err, ErrUnknownToken) {
					t.Errorf("%s of a rule for %s as the secret of %s: %v", what, a.name, name, err)
				}
			}
		}
		// The right signature under the name of each other algorithm.
		for _, name := range []string{"HS256", "HS384", "HS512", "RS256", "ES256", "RS384", "RS512", "PS256", "ES384", "EdDSA", "none", "None", "NONE", "nOnE", "hs256", ""} {
			if name == a.name {
				continue
			}
			for _, sign := range []signature{a.sign, unsigned} {
				if _, err := v.Verify(bearer(forge(name, timesOnly, sign)), then); !errors.Is(err, ErrUnknownToken) {
					t.Errorf("a token of %s that says %q: %v", a.name, name, err)
				}
			}
		}
	}
}

func TestOnlyTheAlgorithmsOfARuleAreAccepted(t *testing.T) {
	v := withRules(t, Rule{Secret: secret, Algorithms: []string{"HS384", "HS512"}})
	for _, a := range all() {
		_, err := v.Verify(bearer(forge(a.name, timesOnly, a.sign)), then)
		if good := a.name == "HS384" || a.name == "HS512"; good != (err == nil) {
			t.Errorf("%s: %v", a.name, err)
		}
	}
}

// Of several rules one suffices, as when a secret is rotated.
func TestOneRuleSuffices(t *testing.T) {
	v := withRules(t, Rule{Secret: "an older secret of both"}, Rule{PublicKey: publicPEM(&rsaKey().PublicKey)}, Rule{Secret: secret})
	for i, token := range []string{forge("HS256", timesOnly, hs256("an older secret of both")), forge("RS256", timesOnly, rs256(rsaKey())), forge("HS256", timesOnly, hs256(secret))} {
		for range 2 {
			if m, err := v.Verify(bearer(token), then); err != nil || m != (Match{true, i}) {
				t.Errorf("rule %d: %+v, %v", i, m, err)
			}
		}
	}
}

func TestMalformedTokensAreRefused(t *testing.T) {
	good := forge("HS256", timesOnly, hs256(secret))
	parts := strings.Split(good, ".")
	v := withRules(t, Rule{Secret: secret})
	for what, token := range map[string]string{
		"no dot":                   "abc",
		"one dot":                  parts[0] + "." + parts[1],
		"three dots":               good + ".",
		"dots":                     "..",
		"a line end":               good[:20] + "\n" + good[20:],
		"padding":                  parts[0] + "." + parts[1] + "." + parts[2] + "=",
		"base64":                   parts[0] + "." + parts[1] + ".+/" + parts[2][2:],
		"unused bits":              good[:len(good)-1] + "V", // for U
		"no header":                "." + parts[1] + "." + parts[2],
		"header of another type":   forgeHeader(`"HS256"`, timesOnly, hs256(secret)),
		"header null":              forgeHeader(`null`, timesOnly, hs256(secret)),
		"algorithm missing":        forgeHeader(`{"typ":"JWT"}`, timesOnly, hs256(secret)),
		"algorithm a number":       forgeHeader(`{"alg":256}`, timesOnly, hs256(secret)),
		"algorithms":               forgeHeader(`{"alg":["HS256"]}`, timesOnly, hs256(secret)),
		"extensions":               forgeHeader(`{"alg":"HS256","crit":["b64"],"b64":true}`, timesOnly, hs256(secret)),
		"claims no object":         forge("HS256", `"exp"`, hs256(secret)),
		"claims cut":               forge("HS256", `{"iat":1700000000`, hs256(secret)),
		"claims with an end":       forge("HS256", timesOnly+"x", hs256(secret)),
		"claims of a huge number":  forge("HS256", `{"exp":1e999}`, hs256(secret)),
		"claims nested for ever":   forge("HS256", strings.Repeat("[", 5000), hs256(secret)),
		"exp a text":               forge("HS256", `{"exp":"1800000000"}`, hs256(secret)),
		"exp null":                 forge("HS256", `{"exp":null}`, hs256(secret)),
		"nbf a text":               forge("HS256", `{"nbf":"1"}`, hs256(secret)),
		"exp zero, not left out":   forge("HS256", `{"exp":0}`, hs256(secret)),
		"exp before 1970":          forge("HS256", `{"exp":-1e300}`, hs256(secret)),
		"nbf beyond all times":     forge("HS256", `{"nbf":1e300}`, hs256(secret)),
		"a token that is too long": forge("HS256", `{"x":"`+strings.Repeat("x", TokenBytesMax)+`"}`, hs256(secret)),
	} {
		if m, err := v.Verify(bearer(token), then); err == nil || m != (Match{}) {
			t.Errorf("%s: %+v, %v", what, m, err)
		}
	}
	if len(v.verified.entries) != 0 {
		t.Error("a refused token is remembered")
	}
	for what, claims := range map[string]string{"exp beyond all times": `{"exp":1e300}`, "a sub that is no text": `{"sub":42}`, "no claims": `{}`, "null": `null`} {
		if _, err := v.Verify(bearer(forge("HS256", claims, hs256(secret))), then); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestClaims(t *testing.T) {
	const at = 1700000000
	seconds := func(n int) time.Duration { return time.Duration(n) * time.Second }
	for _, test := range []struct {
		what   string
		rule   Rule
		claims string
		err    string // empty if it is accepted
	}{
		{"exp in a second", Rule{}, `{"exp":1700000001}`, ""},
		{"exp now", Rule{}, `{"exp":1700000000}`, "expired 0s ago"},
		{"exp past", Rule{}, `{"exp":1699999700}`, "expired 5m0s ago, at 2023-11-14T22:08:20Z"},
		{"exp past by a part", Rule{}, `{"exp":1699999999.5}`, "expired 1s ago"}, // rounded
		{"exp to come in a part", Rule{}, `{"exp":1700000000.5}`, ""},
		{"exp within the leeway", Rule{Leeway: seconds(6)}, `{"exp":1699999995}`, ""},
		{"exp at the end of the leeway", Rule{Leeway: seconds(5)}, `{"exp":1699999995}`, "expired 5s ago"},
		{"nbf now", Rule{}, `{"nbf":1700000000}`, ""},
		{"nbf to come", Rule{}, `{"nbf":1700000180}`, "not valid before 2023-11-14T22:16:20Z, in 3m0s: compare the clocks"},
		{"nbf within the leeway", Rule{Leeway: seconds(5)}, `{"nbf":1700000005}`, ""},
		{"nbf beyond the leeway", Rule{Leeway: seconds(5)}, `{"nbf":1700000006}`, "not valid before"},
		{"no exp", Rule{}, `{"iat":1}`, ""},
		{"no exp, but demanded", Rule{RequireExpiry: true}, `{"iat":1}`, "no exp"},
		{"exp demanded", Rule{RequireExpiry: true}, `{"exp":1700000001}`, ""},
		{"iat to come without a bound", Rule{}, `{"iat":1800000000}`, ""},
		{"iat of no type without a bound", Rule{}, `{"iat":"x"}`, ""},
		{"young", Rule{MaxAge: seconds(10)}, `{"iat":1699999991,"exp":1800000000}`, ""},
		{"just too old", Rule{MaxAge: seconds(10)}, `{"iat":1699999990,"exp":1800000000}`, "issued 10s ago, and may be 10s old"},
		{"old within the leeway", Rule{MaxAge: seconds(10), Leeway: seconds(2)}, `{"iat":1699999989,"exp":1800000000}`, ""},
		{"age without iat", Rule{MaxAge: seconds(10)}, `{"exp":1800000000}`, "no iat"},
		{"age without exp", Rule{MaxAge: seconds(10)}, `{"iat":1699999999}`, "no exp"},
		{"age of the future", Rule{MaxAge: seconds(10)}, `{"iat":1700000060,"exp":1800000000}`, "issued at 2023-11-14T22:14:20Z, in 1m0s: compare the clocks"},
		{"age of the near future", Rule{MaxAge: seconds(10), Leeway: seconds(5)}, `{"iat":1700000005,"exp":1800000000}`, ""},
		{"age of no type", Rule{MaxAge: seconds(10)}, `{"iat":"x","exp":1800000000}`, "iat is no number"},
		{"young and expired", Rule{MaxAge: seconds(10)}, `{"iat":1699999999,"exp":1700000000}`, "expired"},
		{"the longest age", Rule{MaxAge: 1<<63 - 1, Leeway: 1<<63 - 1}, `{"iat":1,"exp":1e300}`, ""},
		{"sub", Rule{Subject: "alice"}, `{"sub":"alice"}`, ""},
		{"another sub", Rule{Subject: "y"}, `{"sub":"x"}`, `sub is "x", want "y"`},
		{"sub in another case", Rule{Subject: "alice"}, `{"sub":"Alice"}`, `sub is "Alice"`},
		{"no sub", Rule{Subject: "alice"}, `{}`, `no sub, want "alice"`},
		{"sub null", Rule{Subject: "alice"}, `{"sub":null}`, `no sub`},
		{"sub a list", Rule{Subject: "alice"}, `{"sub":["alice"]}`, `sub is ["alice"]`},
		{"sub a number", Rule{Subject: "1"}, `{"sub":1}`, `sub is no text`},
		{"a name in another case", Rule{Subject: "alice"}, `{"Sub":"alice"}`, `no sub`},
		{"the last of two subs", Rule{Subject: "alice"}, `{"sub":"alice","sub":"bob"}`, `sub is "bob"`},
		{"a long sub", Rule{Subject: "alice"}, `{"sub":"` + strings.Repeat("x", 3000) + `"}`, `xxx, want "alice"`},
		{"a sub with control characters", Rule{Subject: "alice"}, `{"sub":"\u001b[2J\u009b"}`, `sub is "\x1b[2J\u009b"`},
		{"iss", Rule{Issuer: "a"}, `{"iss":"a"}`, ""},
		{"another iss", Rule{Issuer: "a"}, `{"iss":"b"}`, `iss is "b", want "a"`},
		{"aud", Rule{Audience: "a"}, `{"aud":"a"}`, ""},
		{"one aud of several", Rule{Audience: "a"}, `{"aud":["b","a"]}`, ""},
		{"another aud", Rule{Audience: "a"}, `{"aud":"b"}`, `aud is "b", want "a"`},
		{"other auds", Rule{Audience: "a"}, `{"aud":["b","c"]}`, `aud is ["b" "c"], want "a"`},
		{"no aud", Rule{Audience: "a"}, `{"aud":[]}`, `aud is []`},
		{"an aud in a list in a list", Rule{Audience: "a"}, `{"aud":[["a"]]}`, `aud is`},
	} {
		test.rule.Secret = secret
		v := withRules(t, test.rule)
		_, err := v.Verify(bearer(forge("HS256", test.claims, hs256(secret))), time.Unix(at, 0))
		switch {
		case (err == nil) != (test.err == ""), err != nil && (!errors.Is(err, ErrKnownToken) || !strings.Contains(err.Error(), test.err)):
			t.Errorf("%s: %v, want %q", test.what, err, test.err)
		case err != nil && len(err.Error()) > 250:
			t.Errorf("%s: an error of %d bytes", test.what, len(err.Error()))
		}
	}
}

// A signed token whose claims are refused says nothing of the rules with other keys.
func TestErrorNamesTheRuleOfTheKey(t *testing.T) {
	v := withRules(t, Rule{Secret: "another one"}, Rule{Secret: secret, Subject: "a"}, Rule{Secret: secret, Subject: "b"}, Rule{Secret: "a third one"})
	_, err := v.Verify(bearer(forge("HS256", `{"sub":"x"}`, hs256(secret))), then)
	if want := `known token: JWT rule 2: sub is "x", want "a"; JWT rule 3: sub is "x", want "b"`; fmt.Sprint(err) != want {
		t.Errorf("%v, want %s", err, want)
	}
	_, err = v.Verify(bearer(forge("none", `{}`, unsigned)), then)
	if want := `unknown token: JWT rule 1: its algorithm is "none", want HS256, HS384, HS512; JWT rule 2: its`; !strings.HasPrefix(fmt.Sprint(err), want) {
		t.Errorf("%v, want %s", err, want)
	}
	_, err = v.Verify(bearer(forge("HS256", `{}`, hs256("wrong"))), then)
	if want := `unknown token: JWT rule 1: wrong signature; JWT rule 2: wrong signature; JWT rule 3: wrong signature; JWT rule 4: wrong signature`; fmt.Sprint(err) != want {
		t.Errorf("%v, want %s", err, want)
	}
}
