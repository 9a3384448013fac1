//go:build !race

package bearer

import (
	"testing"
	"time"
)

// A packet that comes with a token that was seen before costs no allocation, and nor does one that
// is sent with a token that is fresh.
func TestAllocCheckedTokens(t *testing.T) {
	jwt := forge("RS256", `{"sub":"alice","exp":1800000000}`, rs256(rsaKey()))
	v := newVerifier(t, Options{Tokens: []Token{{Text: "the-old-token"}, {Text: "the-token"}}, Rules: []Rule{{PublicKey: publicPEM(&rsaKey().PublicKey), Subject: "alice"}}, Bare: true})
	d := NewDirectory()
	if err := d.Set("alice", v); err != nil {
		t.Fatal(err)
	}
	for what, headers := range map[string][]string{
		"static token": bearer("the-token"), "bare static token": {"the-token"}, "scheme in another case": {"BEARER the-token"}, "JWT": bearer(jwt), "bare JWT": {jwt},
	} {
		verify := func() {
			if _, err := v.Verify(headers, then); err != nil {
				t.Fatal(err)
			}
		}
		find := func() {
			if account, _, err := d.Verify(headers, then); err != nil || account != "alice" {
				t.Fatal(account, err)
			}
		}
		verify()
		find()
		if n := testing.AllocsPerRun(100, verify); n > 0 {
			t.Errorf("%s: %v allocations to verify it", what, n)
		}
		if n := testing.AllocsPerRun(100, find); n > 0 {
			t.Errorf("%s: %v allocations to find its account", what, n)
		}
	}
}

func TestAllocFreshHeader(t *testing.T) {
	for what, o := range map[string]SignerOptions{"static token": {Token: "the-token"}, "JWT": {Secret: secret}} {
		s, err := NewSigner(o)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		if n := testing.AllocsPerRun(100, func() { _, _ = s.Header(now) }); n > 0 {
			t.Errorf("%s: %v allocations", what, n)
		}
	}
}
