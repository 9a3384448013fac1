package bearer

import (
	"strconv"
	"testing"
	"time"
)

// BenchmarkVerify measures what it costs to check a request.
func BenchmarkVerify(b *testing.B) {
	claims := `{"sub":"alice","iat":1700000000,"exp":1800000000}`
	tokens := newVerifier(b, Options{Tokens: []Token{{Text: "Zk3mBq0vJ1nS7yQx5uTtRw2a"}}})
	b.Run("static", func(b *testing.B) { verifies(b, tokens, "Zk3mBq0vJ1nS7yQx5uTtRw2a", false) })
	for _, a := range all() {
		v, token := withRules(b, a.rule), forge(a.name, claims, a.sign)
		b.Run(a.name+"/cached", func(b *testing.B) { verifies(b, v, token, false) })
		b.Run(a.name+"/uncached", func(b *testing.B) { verifies(b, v, token, true) })
	}
	b.Run("wrong", func(b *testing.B) {
		for b.Loop() {
			if _, err := tokens.Verify(bearer("another-token"), then); err == nil {
				b.Fatal("it was accepted")
			}
		}
	})
}

func verifies(b *testing.B, v *Verifier, token string, forget bool) {
	b.ReportAllocs()
	headers := bearer(token)
	for b.Loop() {
		if forget {
			clear(v.verified.entries)
		}
		if _, err := v.Verify(headers, then); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDirectory measures what it costs to find one of 1,000 accounts, from all processors.
func BenchmarkDirectory(b *testing.B) {
	d := NewDirectory()
	for i := range 1000 {
		name := "account-" + strconv.Itoa(i)
		if err := d.Set(name, newVerifier(b, Options{Tokens: []Token{{Text: "token-of-" + name}}, Rules: []Rule{{Secret: secret, Subject: name}}})); err != nil {
			b.Fatal(err)
		}
	}
	for what, token := range map[string]string{"static": "token-of-account-7", "JWT": forge("HS256", `{"sub":"account-7"}`, hs256(secret))} {
		b.Run(what, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				headers := bearer(token)
				for pb.Next() {
					if _, _, err := d.Verify(headers, then); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

// BenchmarkHeader measures what a header costs: one that is fresh, and one that is signed.
func BenchmarkHeader(b *testing.B) {
	for _, a := range all() {
		s, err := NewSigner(a.ours)
		if err != nil {
			b.Fatal(err)
		}
		for what, step := range map[string]time.Duration{"fresh": 0, "signed": LifetimeDefault} {
			b.Run(a.name+"/"+what, func(b *testing.B) {
				b.ReportAllocs()
				for now := then; b.Loop(); now = now.Add(step) {
					if _, err := s.Header(now); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
