package bearer

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// readVectors reads a file of testdata.
func readVectors(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// The tokens that the plugin takes are taken, and those that it refuses are refused.
func TestPluginVectors(t *testing.T) {
	var vectors struct {
		Secret string
		Tokens []struct {
			What, Token        string
			IssuedAt           int64 `json:"iat"`
			ValidAt, ExpiredAt int64
			Valid              *bool
		}
	}
	readVectors(t, "http-jwt.json", &vectors)
	if len(vectors.Tokens) != 6 {
		t.Fatalf("there are %d vectors", len(vectors.Tokens))
	}
	for _, one := range vectors.Tokens {
		v := withRules(t, Rule{Secret: vectors.Secret})
		if one.Valid != nil {
			if _, err := v.Verify(bearer(one.Token), then); !errors.Is(err, ErrUnknownToken) || *one.Valid {
				t.Errorf("%s: %v", one.What, err)
			}
			continue
		}
		if m, err := v.Verify(bearer(one.Token), time.Unix(one.ValidAt, 0)); err != nil || m != (Match{JWT: true}) {
			t.Errorf("%s: %+v, %v", one.What, m, err)
		}
		if one.ExpiredAt == 0 {
			continue
		}
		for _, v := range []*Verifier{v, withRules(t, Rule{Secret: vectors.Secret})} { // with the token in the cache, and without
			if _, err := v.Verify(bearer(one.Token), time.Unix(one.ExpiredAt, -1)); err != nil {
				t.Errorf("%s, at the end: %v", one.What, err)
			}
			if _, err := v.Verify(bearer(one.Token), time.Unix(one.ExpiredAt, 0)); !errors.Is(err, ErrKnownToken) {
				t.Errorf("%s, when it is over: %v", one.What, err)
			}
		}
	}

	// What the plugin sends first is what we send, to the last byte.
	s, err := NewSigner(SignerOptions{Secret: vectors.Secret})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Header(time.Unix(vectors.Tokens[0].IssuedAt, 999_999_999))
	if want := "Bearer " + vectors.Tokens[0].Token; err != nil || got != want {
		t.Errorf("we send %s, and the plugin %s: %v", got, want, err)
	}
}

// The tokens of jsonwebtoken, the library of the plugin, are taken. Ours are the same, unless the
// algorithm has a random part.
func TestLibraryVectors(t *testing.T) {
	var vectors struct {
		Keys struct {
			Secret  string
			RSA, EC struct{ Public, Private string }
		}
		Tokens []struct {
			What, Algorithm, Token string
			Claims                 struct {
				Subject  string `json:"sub"`
				Issuer   string `json:"iss"`
				Audience any    `json:"aud"`
				IssuedAt int64  `json:"iat"`
				Expires  int64  `json:"exp"`
			}
		}
	}
	readVectors(t, "jsonwebtoken.json", &vectors)
	same := 0
	for _, one := range vectors.Tokens {
		rule := Rule{Algorithms: []string{one.Algorithm}, Subject: one.Claims.Subject, Issuer: one.Claims.Issuer, MaxAge: time.Minute}
		audience, _ := one.Claims.Audience.(string)
		ours := SignerOptions{
			Algorithm: one.Algorithm, Subject: one.Claims.Subject, Issuer: one.Claims.Issuer, Audience: audience,
			Lifetime: time.Duration(one.Claims.Expires-one.Claims.IssuedAt) * time.Second,
		}
		switch one.Algorithm {
		case "RS256":
			rule.PublicKey, ours.PrivateKey = vectors.Keys.RSA.Public, vectors.Keys.RSA.Private
		case "ES256":
			rule.PublicKey, ours.PrivateKey = vectors.Keys.EC.Public, vectors.Keys.EC.Private
		default:
			rule.Secret, ours.Secret = vectors.Keys.Secret, vectors.Keys.Secret
		}
		if one.Claims.Audience != nil {
			rule.Audience = "https://connector.example"
		}
		v := withRules(t, rule)
		if _, err := v.Verify(bearer(one.Token), then); err != nil {
			t.Errorf("%s, %s: %v", one.Algorithm, one.What, err)
		}
		if strings.Contains(one.What, "nbf") {
			continue // we send no nbf
		}
		s, err := NewSigner(ours)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Header(time.Unix(one.Claims.IssuedAt, 0))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Verify([]string{got}, then); err != nil {
			t.Errorf("ours of %s, %s: %v", one.Algorithm, one.What, err)
		}
		if got == "Bearer "+one.Token {
			same++
		} else if one.Algorithm != "ES256" {
			t.Errorf("%s, %s: we send %s, and the library %s", one.Algorithm, one.What, got, one.Token)
		}
	}
	if same != 8 {
		t.Errorf("%d tokens are the same", same)
	}
}
