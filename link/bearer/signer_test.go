package bearer

import (
	"crypto/ed25519"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"pgregory.net/rapid"
)

func newSigner(t testing.TB, o SignerOptions) *Signer {
	t.Helper()
	s, err := NewSigner(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// header returns the header of a request, which must be made.
func header(t testing.TB, s *Signer, now time.Time) string {
	t.Helper()
	h, err := s.Header(now)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestStaticHeader(t *testing.T) {
	for bare, want := range map[bool]string{false: "Bearer the-token", true: "the-token"} {
		if got := header(t, newSigner(t, SignerOptions{Token: "the-token", Bare: bare}), then); got != want {
			t.Errorf("bare %t: %q", bare, got)
		}
	}
}

func TestEveryAlgorithmIsSigned(t *testing.T) {
	for _, a := range all() {
		for _, a.ours.Bare = range []bool{false, true} {
			a.ours.Subject, a.ours.Issuer, a.ours.Audience = "s", "i", "a"
			rule := a.rule
			rule.Algorithms, rule.Subject, rule.Issuer, rule.Audience, rule.MaxAge = []string{a.name}, "s", "i", "a", LifetimeDefault
			v := newVerifier(t, Options{Rules: []Rule{rule}, Bare: a.ours.Bare})
			h := header(t, newSigner(t, a.ours), then)
			if _, err := v.Verify([]string{h}, then); err != nil || a.ours.Bare == strings.HasPrefix(h, scheme) {
				t.Errorf("%s, bare %t: %v", a.name, a.ours.Bare, err)
			}
		}
	}
}

// As in the plugin, a JWT is used for half of its lifetime.
func TestHeaderIsReplacedAtHalfOfItsLifetime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSigner(t, SignerOptions{Secret: secret})
		v := withRules(t, Rule{Secret: secret, RequireExpiry: true})
		first := header(t, s, time.Now())
		time.Sleep(15*time.Second - 1)
		if header(t, s, time.Now()) != first {
			t.Error("it was replaced before half of its lifetime")
		}
		time.Sleep(1)
		if header(t, s, time.Now()) == first {
			t.Error("it was not replaced after half of its lifetime")
		}
		if _, err := v.Verify([]string{first}, time.Now().Add(15*time.Second-1)); err != nil {
			t.Errorf("just before its end: %v", err)
		}
		if _, err := v.Verify([]string{first}, time.Now().Add(15*time.Second)); err == nil {
			t.Error("it is valid for longer than its lifetime")
		}
	})
}

// Whatever the lifetime is and whenever requests are sent, the peer accepts each header for a
// quarter of the lifetime at least, and never for longer than the lifetime.
func TestHeaderIsAlwaysValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lifetime := time.Duration(rapid.Int64Range(int64(lifetimeMin), int64(time.Minute)).Draw(t, "lifetime"))
		s, err := NewSigner(SignerOptions{Secret: secret, Lifetime: lifetime})
		if err != nil {
			t.Fatal(err)
		}
		v, err := NewVerifier(Options{Rules: []Rule{{Secret: secret, MaxAge: lifetime}}})
		if err != nil {
			t.Fatal(err)
		}
		now := then
		for range rapid.IntRange(1, 30).Draw(t, "requests") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(lifetime)).Draw(t, "wait")))
			h, err := s.Header(now)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := v.Verify([]string{h}, now); err != nil {
				t.Fatal(err)
			}
			if _, err := v.Verify([]string{h}, now.Add(lifetime.Truncate(time.Second)/4)); err != nil {
				t.Fatal(err)
			}
			if again, err := s.Header(now); err != nil || again != h {
				t.Fatal("a second one was signed for the same time")
			}
		}
	})
}

// With a clock that was set back, the peer would see a token of the future.
func TestHeaderIsReplacedWhenTheClockIsSetBack(t *testing.T) {
	s := newSigner(t, SignerOptions{Secret: secret})
	first := header(t, s, then)
	if header(t, s, then.Add(-time.Second)) != first {
		t.Error("callers that read the clock in another order make us sign")
	}
	back := then.Add(-time.Hour)
	if _, err := withRules(t, Rule{Secret: secret, MaxAge: time.Minute}).Verify([]string{header(t, s, back)}, back); err != nil {
		t.Error(err)
	}
}

// While one caller signs, the others use the old header, unless it is about to expire.
func TestOthersDoNotWaitForTheSignature(t *testing.T) {
	s := newSigner(t, SignerOptions{Secret: secret})
	first := header(t, s, then)
	s.signing.Lock() // as the caller that signs
	for _, later := range []time.Duration{15 * time.Second, 22 * time.Second} {
		if header(t, s, then.Add(later)) != first {
			t.Errorf("after %v the old header is not used", later)
		}
	}
	if last := s.now.Load().last; last != then.Add(22*time.Second+500*time.Millisecond).UnixNano() {
		t.Errorf("the old header is used until %d", last)
	}
	waited := make(chan string)
	go func() {
		h, _ := s.Header(then.Add(23 * time.Second))
		waited <- h
	}()
	s.signing.Unlock()
	if h := <-waited; h == first {
		t.Error("the old header is used when it is about to expire")
	}
}

// slow is a method that lets other callers come while it signs.
type slow struct {
	jwt.SigningMethod
	signed atomic.Int32
}

func (m *slow) Sign(text string, key any) ([]byte, error) {
	m.signed.Add(1)
	for range 10_000 {
		runtime.Gosched()
	}
	return m.SigningMethod.Sign(text, key)
}

func TestManyCallersShareOneHeader(t *testing.T) {
	s := newSigner(t, SignerOptions{PrivateKey: privatePEM(ecKey())}) // no two signatures are the same
	method := &slow{SigningMethod: s.using.method}
	s.using.method = method
	v := withRules(t, Rule{PublicKey: publicPEM(&ecKey().PublicKey)})
	for i, now := range []time.Time{then, then.Add(time.Minute)} { // at first, and after a pause
		var callers sync.WaitGroup
		var mu sync.Mutex
		seen := make(map[string]int)
		for range 16 {
			callers.Go(func() {
				h, err := s.Header(now)
				mu.Lock()
				defer mu.Unlock()
				if seen[h]++; err != nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
		if n := int(method.signed.Load()); len(seen) != 1 || n != i+1 {
			t.Errorf("%d headers at one time, after %d signatures", len(seen), n)
		}
		for h := range seen {
			if _, err := v.Verify([]string{h}, now); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestSignerOptionsThatMakeNoSenseAreRefused(t *testing.T) {
	private, public := privatePEM(rsaKey()), publicPEM(&rsaKey().PublicKey)
	for _, test := range []struct {
		o    SignerOptions
		want string
	}{
		{SignerOptions{}, "one of a static token, a shared secret and a private key"},
		{SignerOptions{Token: "t", Secret: secret}, "one of a static token"},
		{SignerOptions{Secret: secret, PrivateKey: private}, "one of a static token"},
		{SignerOptions{Token: "t", Lifetime: time.Minute}, "a static token has no algorithm, lifetime or claims"},
		{SignerOptions{Token: "t", Subject: "s"}, "a static token has no"},
		{SignerOptions{Token: "Bearer the-static-token"}, "static token: it begins with Bearer"},
		{SignerOptions{Token: "the-static-token "}, "static token: it begins or ends with a blank"},
		{SignerOptions{Secret: secret, Lifetime: time.Second}, "a lifetime of 1s is less than 2s"},
		{SignerOptions{Secret: secret, Lifetime: -time.Minute}, "a lifetime of -1m0s is less than 2s"},
		{SignerOptions{Secret: secret, Algorithm: "none"}, `not the algorithm "none"`},
		{SignerOptions{Secret: secret, Algorithm: "RS256"}, `not the algorithm "RS256"`},
		{SignerOptions{PrivateKey: private, Algorithm: "HS256"}, `not the algorithm "HS256"`},
		{SignerOptions{PrivateKey: private, Algorithm: "ES256"}, `not the algorithm "ES256"`},
		{SignerOptions{Secret: private}, "the shared secret is PEM text"},
		{SignerOptions{PrivateKey: secret}, "no PEM text"},
		{SignerOptions{PrivateKey: public}, `a PEM block of type "PUBLIC KEY", not PRIVATE KEY`},
		{SignerOptions{PrivateKey: pemOf("ENCRYPTED PRIVATE KEY", []byte("x"))}, "has a passphrase"},
		{SignerOptions{PrivateKey: pemOf("PRIVATE KEY", []byte(secret))}, "damaged, or has a passphrase"},
		{SignerOptions{PrivateKey: privatePEM(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))}, "neither RSA nor EC"},
		{SignerOptions{Secret: secret, Subject: strings.Repeat("s", TokenBytesMax)}, "more than 8192 bytes"},
	} {
		s, err := NewSigner(test.o)
		if s != nil || err == nil || !strings.Contains(err.Error(), test.want) || quotes(err, secret, private, "the-static-token") {
			t.Errorf("%v, want %q", err, test.want)
		}
	}
}

func TestFailedSignatureIsAnError(t *testing.T) {
	s := newSigner(t, SignerOptions{Secret: secret})
	s.key = "no key"
	if h, err := s.Header(then); err == nil || h != "" || !strings.HasPrefix(err.Error(), "sign a JWT: ") {
		t.Errorf("%q, %v", h, err)
	}
}
