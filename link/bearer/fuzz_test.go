package bearer

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzToken holds that a JWT which is accepted has the right signature, computed here with the
// standard library alone, and is not expired.
func FuzzToken(f *testing.F) {
	for _, name := range []string{"HS256", "HS384", "HS512", "RS256", "none", ""} {
		f.Add(`{"alg":"`+name+`","typ":"JWT"}`, timesOnly, "", true)
		f.Add(`{"alg":"`+name+`","typ":"JWT"}`, timesOnly, ".AAAA", false)
	}
	f.Add(`{"alg":"HS256","crit":[]}`, `{}`, "", true)
	f.Add(`{"alg":"HS256"}`, `{"exp":1700000010.5,"nbf":1e18}`, "", true)
	f.Add(`{"alg":"HS256"}`, `{"sub":"alice","aud":["x",{}],"iss":null}`, "", true)
	f.Add("\xff", "[[[[", "..", false)
	signatures := map[string]signature{"HS256": hs256(secret), "HS384": hs(secret, sha512.New384), "HS512": hs(secret, sha512.New)}
	f.Fuzz(func(t *testing.T, header, claims, end string, sign bool) {
		v := withRules(t, Rule{Secret: secret}, Rule{Secret: "another secret", Subject: "alice", Issuer: "x", Audience: "x", MaxAge: 1})
		d := NewDirectory()
		if err := d.Set("alice", withRules(t, Rule{Secret: secret, Subject: "alice"})); err != nil {
			t.Fatal(err)
		}
		var parsed struct {
			Algorithm string `json:"alg"`
		}
		_ = json.Unmarshal([]byte(header), &parsed)
		text := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
		token := text + end
		if right := signatures[parsed.Algorithm]; sign && right != nil {
			token = text + "." + base64.RawURLEncoding.EncodeToString(right(text))
		}
		_, _, _ = d.Verify(bearer(token), then)
		if _, err := v.Verify(bearer(token), then); err != nil {
			if !utf8.ValidString(err.Error()) || !errors.Is(err, ErrHeader) && !errors.Is(err, ErrUnknownToken) && !errors.Is(err, ErrKnownToken) {
				t.Fatalf("%q", err)
			}
			return
		}
		cut := strings.LastIndexByte(token, '.')
		got, err := base64.RawURLEncoding.Strict().DecodeString(token[cut+1:])
		right := signatures[parsed.Algorithm]
		if err != nil || right == nil || !hmac.Equal(got, right(token[:cut])) {
			t.Fatalf("%q was accepted", token)
		}
		var times map[string]any
		if err := json.Unmarshal([]byte(claims), &times); err != nil {
			t.Fatalf("claims %q were accepted", claims)
		}
		if exp, there := times["exp"]; there && (exp == nil || exp.(float64) <= float64(then.Unix())) {
			t.Fatalf("claims %q were accepted", claims)
		}
	})
}
