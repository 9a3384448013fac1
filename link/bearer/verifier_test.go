package bearer

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestStaticTokens(t *testing.T) {
	v := newVerifier(t, Options{Tokens: []Token{{Text: "the new token"}, {Text: "the-old-token"}}})
	for token, want := range map[string]int{"the new token": 0, "the-old-token": 1} {
		if m, err := v.Verify(bearer(token), then); err != nil || m != (Match{Index: want}) {
			t.Errorf("%q: %+v, %v", token, m, err)
		}
	}
	for _, token := range []string{"the new toke", "the new tokens", "the-old-tokeN", "x", strings.Repeat("x", TokenBytesMax), "a.b.c"} {
		if m, err := v.Verify(bearer(token), then); !errors.Is(err, ErrUnknownToken) || m != (Match{}) || quotes(err, token) {
			t.Errorf("%.20q: %+v, %v", token, m, err)
		}
	}
	if _, err := v.Verify(nil, then); !errors.Is(err, ErrHeader) {
		t.Errorf("without a header: %v", err)
	}
}

// Header values come from net/http, whose map has them under the canonical name.
func TestValuesOfARequestAreTaken(t *testing.T) {
	r := must(http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/", nil))
	r.Header.Set("authorization", "bearer the-token")
	if _, err := newVerifier(t, Options{Tokens: []Token{{Text: "the-token"}}}).Verify(r.Header["Authorization"], then); err != nil {
		t.Error(err)
	}
}

func TestBareTokensNeedTheOption(t *testing.T) {
	jwt := forge("HS256", timesOnly, hs256(secret))
	o := Options{Tokens: []Token{{Text: "the-token"}}, Rules: []Rule{{Secret: secret}}}
	for _, o.Bare = range []bool{false, true} {
		v := newVerifier(t, o)
		for _, token := range []string{"the-token", jwt, jwt} { // the second time it is remembered
			if _, err := v.Verify(bearer(token), then); err != nil {
				t.Errorf("Bare %t: %v", o.Bare, err)
			}
			if _, err := v.Verify([]string{token}, then); o.Bare != (err == nil) || err != nil && !errors.Is(err, ErrHeader) {
				t.Errorf("Bare %t, without the scheme: %v", o.Bare, err)
			}
		}
	}
}

// After a rotation the old token is good until a time.
func TestStaticTokenEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVerifier(t, Options{Tokens: []Token{{Text: "new"}, {Text: "old", Until: time.Now().Add(time.Hour)}}})
		time.Sleep(time.Hour - 1)
		if m, err := v.Verify(bearer("old"), time.Now()); err != nil || m.Index != 1 {
			t.Errorf("before its end: %+v, %v", m, err)
		}
		time.Sleep(1)
		if _, err := v.Verify(bearer("old"), time.Now()); !errors.Is(err, ErrKnownToken) {
			t.Errorf("at its end: %v", err)
		}
		time.Sleep(5 * time.Minute)
		_, err := v.Verify(bearer("old"), time.Now())
		if want := "known token: static token 2 ended 5m0s ago, at 2000-01-01T01:00:00Z"; fmt.Sprint(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
		if _, err := v.Verify(bearer("new"), time.Now()); err != nil {
			t.Error(err)
		}
	})
}

func TestOptionsThatMakeNoSenseAreRefused(t *testing.T) {
	tokens := func(texts ...string) (o Options) {
		for _, text := range texts {
			o.Tokens = append(o.Tokens, Token{Text: text})
		}
		return o
	}
	var many, manyRules Options
	for i := range TokensMax + 1 {
		many.Tokens = append(many.Tokens, Token{Text: strconv.Itoa(i)})
		manyRules.Rules = append(manyRules.Rules, Rule{Secret: secret})
	}
	for _, test := range []struct {
		o    Options
		want string
	}{
		{Options{}, "every request would be refused"},
		{Options{Bare: true}, "every request would be refused"},
		{many, "17 static tokens, more than 16"},
		{manyRules, "17 JWT rules, more than 16"},
		{tokens("a", ""), "static token 2: it is empty"},
		{tokens("a", " a"), "static token 2: it begins or ends with a blank"},
		{tokens("a", "a\n"), "static token 2: it has a control character"},
		{tokens("a", "bearer secret-token"), "static token 2: it begins with Bearer: leave that out"},
		{tokens("a", "Bearer"), "static token 2: it begins with Bearer"},
		{tokens("a", "geheimnis-für-bob"), "static token 2: it has a character that is not in ASCII"},
		{tokens("a", "\xff\xfe"), "static token 2: it has a character that is not in ASCII"},
		{tokens("a", strings.Repeat("x", TokenBytesMax+1)), "static token 2: it has more than 8192 bytes"},
		{tokens("a", "secret-token-of-bob", "b", "secret-token-of-bob"), "static tokens 2 and 4 are the same"},
	} {
		_, err := NewVerifier(test.o)
		if err == nil || !strings.Contains(err.Error(), test.want) || quotes(err, "secret-token-of-bob", "geheimnis-für-bob") {
			t.Errorf("%v, want %q", err, test.want)
		}
	}
}

// A Verifier has digests of its static tokens and of JWTs, and no text of either.
func TestTokensAreNotKept(t *testing.T) {
	jwt := forge("HS256", timesOnly, hs256(secret))
	o := Options{Tokens: []Token{{Text: "the-static-token"}}, Rules: []Rule{{Secret: secret}}}
	v := newVerifier(t, o)
	for _, token := range []string{"the-static-token", jwt} {
		if _, err := v.Verify(bearer(token), then); err != nil {
			t.Fatal(err)
		}
	}
	if all := fmt.Sprintf("%+v", v); strings.Contains(all, "the-static-token") || strings.Contains(all, jwt) {
		t.Errorf("%s", all)
	}
	if static := reflect.TypeOf(v.static[0]); static.NumField() != 2 {
		t.Errorf("a static token has %d fields, not a digest and a time", static.NumField())
	}
}

// A JWT in the cache is checked against its times, and not against its signature.
func TestRememberedTokensEnd(t *testing.T) {
	for what, test := range map[string]struct {
		rule   Rule
		claims string
		begins int64 // 0 for ever
		ends   int64 // 0 for ever
	}{
		"exp and nbf":      {Rule{}, `{"nbf":1700000000,"exp":1700000030}`, 1700000000, 1700000030},
		"with a leeway":    {Rule{Leeway: 5 * time.Second}, `{"nbf":1700000000,"exp":1700000030}`, 1699999995, 1700000035},
		"age":              {Rule{MaxAge: 20 * time.Second}, `{"iat":1700000005,"exp":1700000030}`, 1700000005, 1700000025},
		"age after nbf":    {Rule{MaxAge: 20 * time.Second}, `{"iat":1700000005,"nbf":1700000008,"exp":1700000030}`, 1700000008, 1700000025},
		"age after expiry": {Rule{MaxAge: time.Hour}, `{"iat":1700000005,"exp":1700000030}`, 1700000005, 1700000030},
		"no times":         {Rule{}, `{}`, 0, 0},
	} {
		test.rule.Secret = secret
		v, token := withRules(t, test.rule), bearer(forge("HS256", test.claims, hs256(secret)))
		if _, err := v.Verify(token, then); err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		v.rules[0].key = []byte("the signature cannot be verified any more")
		check := func(at time.Time, want bool) {
			t.Helper()
			if _, err := v.Verify(token, at); want != (err == nil) {
				t.Errorf("%s, at %v: %v", what, at, err)
			}
		}
		begins, ends := time.Unix(test.begins, 0), time.Unix(test.ends, 0)
		check(begins.Add(-1), test.begins == 0)
		check(begins, true)
		if test.ends == 0 {
			ends = time.Unix(9e9, 0)
		}
		check(ends.Add(-1), true)
		check(ends, test.ends == 0)
		check(begins, true) // a clock that was set back
	}
}
