package bearer

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// set gives an account a Verifier, which must fit.
func set(t testing.TB, d *Directory, account string, o Options) {
	t.Helper()
	if err := d.Set(account, newVerifier(t, o)); err != nil {
		t.Fatal(err)
	}
}

func tokens(texts ...string) (o Options) {
	for _, text := range texts {
		o.Tokens = append(o.Tokens, Token{Text: text})
	}
	return o
}

func rules(some ...Rule) Options { return Options{Rules: some} }

// finds checks which account a token finds, none if it is empty.
func finds(t testing.TB, d *Directory, token, want string) {
	t.Helper()
	for range 2 { // the second time it may be remembered
		account, _, err := d.Verify(bearer(token), then)
		if (err == nil) != (want != "") || err == nil && account != want {
			t.Errorf("%.20q...: account %q, %v, want %q", token, account, err, want)
		}
	}
}

func TestDirectoryFindsTheAccount(t *testing.T) {
	d := NewDirectory()
	set(t, d, "alice", Options{Tokens: []Token{{Text: "of-alice"}, {Text: "of-alice-too"}}, Rules: []Rule{{Secret: "a", Subject: "alice"}, {Secret: "b", Subject: "alice"}, {Secret: "c", Subject: "other"}}})
	set(t, d, "bob", Options{Tokens: []Token{{Text: "of-bob"}}, Rules: []Rule{{Secret: "d", Subject: "alice"}}})
	set(t, d, "carol", rules(Rule{Secret: "e"}))
	for token, want := range map[string]string{
		"of-alice": "alice", "of-alice-too": "alice", "of-bob": "bob", "of-carol": "",
		forge("HS256", `{"sub":"alice"}`, hs256("a")):         "alice",
		forge("HS256", `{"sub":"alice"}`, hs256("b")):         "alice",
		forge("HS256", `{"sub":"other"}`, hs256("c")):         "alice",
		forge("HS256", `{"sub":"alice"}`, hs256("c")):         "", // the other rule expects another
		forge("HS256", `{"sub":"alice"}`, hs256("d")):         "bob",
		forge("HS256", `{"sub":"bob"}`, hs256("d")):           "",
		forge("HS256", `{"sub":"alice","exp":1}`, hs256("d")): "",
		forge("HS256", `{"sub":"carol"}`, hs256("e")):         "",
		forge("HS256", `{}`, hs256("e")):                      "",
		forge("HS256", `{"sub":["alice"]}`, hs256("a")):       "",
		forge("none", `{"sub":"alice"}`, unsigned):            "",
	} {
		finds(t, d, token, want)
	}
	if _, _, err := d.Verify(nil, then); !errors.Is(err, ErrHeader) {
		t.Errorf("without a header: %v", err)
	}
}

func TestDirectorySaysWhyNoAccountIsFound(t *testing.T) {
	d := NewDirectory()
	set(t, d, "alice", Options{Tokens: []Token{{Text: "of-alice"}, {Text: "old-of-alice", Until: then.Add(-time.Minute)}}, Rules: []Rule{{Secret: "a", Subject: "s"}}})
	set(t, d, "bob", rules(Rule{Secret: "b", Subject: "s", Audience: "us"}))
	for _, test := range []struct {
		header, account string
		kind            error
		want            string
	}{
		{"Bearer x", "", ErrUnknownToken, "unknown token: it is no static token of an account, and it is no JWT"},
		{"of-alice", "alice", ErrHeader, "account alice: authorization header: it does not begin with Bearer, and the account does not accept that"},
		{"Bearer old-of-alice", "alice", ErrKnownToken, "account alice: known token: static token 2 ended 1m0s ago, at 2023-11-14T22:12:30Z"},
		{scheme + forge("HS256", `{}`, hs256("a")), "", ErrUnknownToken, "unknown token: it is a JWT without sub, and accounts are found by sub"},
		{scheme + forge("HS256", `{"sub":"x"}`, hs256("a")), "", ErrUnknownToken, `unknown token: no account expects its sub "x"`},
		{scheme + forge("HS256", `{"sub":"s"}`, hs256("c")), "", ErrUnknownToken, "unknown token: account alice: unknown token: JWT rule 1: wrong signature; account bob: unknown token: JWT rule 1: wrong signature"},
		{scheme + forge("HS256", `{"sub":"s","aud":"them"}`, hs256("b")), "bob", ErrKnownToken, `account bob: known token: JWT rule 1: aud is "them", want "us"`},
		{scheme + forge("HS256", `{"sub":"s","exp":1699999710}`, hs256("a")), "alice", ErrKnownToken, `account alice: known token: JWT rule 1: it expired 5m0s ago, at 2023-11-14T22:08:30Z`},
		{forge("HS256", `{"sub":"s"}`, hs256("a")), "", ErrUnknownToken, "unknown token: account alice: authorization header: it does not begin with Bearer, and the account does not accept that; account bob: authorization"},
	} {
		account, m, err := d.Verify([]string{test.header}, then)
		if account != test.account || m != (Match{}) || !errors.Is(err, test.kind) || !strings.HasPrefix(fmt.Sprint(err), test.want) {
			t.Errorf("%.20q: account %q, %v, want account %q, %s", test.header, account, err, test.account, test.want)
		}
	}
	long := forge("HS256", `{"sub":"`+strings.Repeat("\x7f", 5000)+`"}`, hs256("a"))
	if _, _, err := d.Verify(bearer(long), then); err == nil || len(err.Error()) > 600 {
		t.Errorf("an error of %d bytes", len(fmt.Sprint(err)))
	}
}

// The option of the account that the token belongs to counts.
func TestDirectoryTakesBareTokensOfSomeAccounts(t *testing.T) {
	d := NewDirectory()
	old := Options{Tokens: []Token{{Text: "of-old"}}, Rules: []Rule{{Secret: "a", Subject: "s"}}, Bare: true}
	set(t, d, "old", old)
	set(t, d, "new", Options{Tokens: []Token{{Text: "of-new"}}, Rules: []Rule{{Secret: "b", Subject: "s"}}})
	ofOld, ofNew := forge("HS256", `{"sub":"s"}`, hs256("a")), forge("HS256", `{"sub":"s"}`, hs256("b"))
	for token, bare := range map[string]bool{"of-old": true, "of-new": false, ofOld: true, ofNew: false} {
		for _, header := range []string{token, scheme + token, token} {
			if _, _, err := d.Verify([]string{header}, then); (bare || header != token) != (err == nil) {
				t.Errorf("%.20q: %v", header, err)
			}
		}
	}
}

func TestAccountsThatShareTokensAreRefused(t *testing.T) {
	key := publicPEM(&rsaKey().PublicKey)
	for _, test := range []struct {
		what       string
		has, comes Options
		want       string
	}{
		{"another token", tokens("a", "b"), tokens("c"), ""},
		{"the same token", tokens("a", "the-token-of-both"), tokens("the-token-of-both", "c"), "have the same static token"},
		{"a token that has ended", Options{Tokens: []Token{{Text: "a"}, {Text: "b", Until: then}}}, tokens("b"), "have the same static token"},
		{"another sub", rules(Rule{Secret: "a", Subject: "s"}), rules(Rule{Secret: "a", Subject: "t"}), ""},
		{"another secret", rules(Rule{Secret: "a", Subject: "s"}), rules(Rule{Secret: "b", Subject: "s"}), ""},
		{"the same sub and secret", rules(Rule{Secret: "a", Subject: "s"}), rules(Rule{Secret: "b"}, Rule{Secret: "a", Subject: "s", MaxAge: 1}), `accept the same JWTs, those with sub "s"`},
		{"no sub, which finds nothing", rules(Rule{Secret: "a"}), rules(Rule{Secret: "a"}), ""},
		{"one without sub", rules(Rule{Secret: "a", Subject: "s"}), rules(Rule{Secret: "a"}), ""},
		{"another iss", rules(Rule{Secret: "a", Subject: "s", Issuer: "x"}), rules(Rule{Secret: "a", Subject: "s", Issuer: "y"}), ""},
		{"any iss", rules(Rule{Secret: "a", Subject: "s", Issuer: "x"}), rules(Rule{Secret: "a", Subject: "s"}), "accept the same JWTs"},
		{"another aud, though a token may have both", rules(Rule{Secret: "a", Subject: "s", Audience: "x"}), rules(Rule{Secret: "a", Subject: "s", Audience: "y"}), "accept the same JWTs"},
		{"other algorithms", rules(Rule{Secret: "a", Subject: "s", Algorithms: []string{"HS256", "HS384"}}), rules(Rule{Secret: "a", Subject: "s", Algorithms: []string{"HS512"}}), ""},
		{"the same public key", rules(Rule{PublicKey: key, Subject: "s"}), rules(Rule{PublicKey: certificate(t), Subject: "s"}), "accept the same JWTs"},
		{"other kinds of key", rules(Rule{PublicKey: key, Subject: "s"}), rules(Rule{Secret: "a", Subject: "s"}), ""},
	} {
		d := NewDirectory()
		set(t, d, "alice", test.has)
		comes := newVerifier(t, test.comes)
		err := d.Set("bob", comes)
		if (err == nil) != (test.want == "") {
			t.Errorf("%s: %v", test.what, err)
		}
		if err == nil {
			continue
		}
		if !strings.HasPrefix(err.Error(), "accounts alice and bob "+test.want) || quotes(err, "the-token-of-both") {
			t.Errorf("%s: %v", test.what, err)
		}
		// Nothing of the second account has come, and it can come when the first is gone.
		if len(d.accounts) != 1 || len(d.static) != len(test.has.Tokens) || len(d.subjects) > 1 {
			t.Errorf("%s: a part of the second account is there", test.what)
		}
		d.Remove("alice")
		if err := d.Set("bob", comes); err != nil {
			t.Errorf("%s, when the first is gone: %v", test.what, err)
		}
	}
}

// An account may be given options that overlap with those that it has, as in a rotation.
func TestSetReplacesTheOptionsOfAnAccount(t *testing.T) {
	d := NewDirectory()
	jwt, other := forge("HS256", `{"sub":"s"}`, hs256("a")), forge("HS256", `{"sub":"s"}`, hs256("b"))
	set(t, d, "alice", Options{Tokens: []Token{{Text: "one"}, {Text: "two"}}, Rules: []Rule{{Secret: "a", Subject: "s"}}})
	finds(t, d, jwt, "alice")
	set(t, d, "alice", Options{Tokens: []Token{{Text: "two"}, {Text: "three"}}, Rules: []Rule{{Secret: "b", Subject: "s"}, {Secret: "a"}}})
	for token, want := range map[string]string{"one": "", "two": "alice", "three": "alice", jwt: "", other: "alice"} {
		finds(t, d, token, want)
	}
	// A JWT that the account remembers under a rule without sub, from a request to a path of its own.
	if _, err := d.accounts["alice"].Verify(bearer(jwt), then); err != nil {
		t.Fatal(err)
	}
	finds(t, d, jwt, "")
	d.Remove("alice")
	d.Remove("alice")
	d.Remove("bob")
	for _, token := range []string{"one", "two", "three", jwt, other} {
		finds(t, d, token, "")
	}
	if len(d.accounts)+len(d.static)+len(d.subjects) != 0 {
		t.Errorf("%d accounts, %d tokens, %d subjects are left", len(d.accounts), len(d.static), len(d.subjects))
	}
}

// A token that one account signed and refuses may be good for another with the same key.
func TestIssuersWithTheSameKeyAreToldApart(t *testing.T) {
	d := NewDirectory()
	for _, iss := range []string{"x", "y", "z"} {
		set(t, d, "account-"+iss, rules(Rule{Secret: secret, Subject: "s", Issuer: iss}))
	}
	for _, iss := range []string{"x", "y", "z"} {
		finds(t, d, forge("HS256", `{"sub":"s","iss":"`+iss+`"}`, hs256(secret)), "account-"+iss)
	}
	account, _, err := d.Verify(bearer(forge("HS256", `{"sub":"s","iss":"w"}`, hs256(secret))), then)
	if account != "account-x" || !errors.Is(err, ErrKnownToken) {
		t.Errorf("of none of them: account %q, %v", account, err)
	}
}

// What is remembered of an account that has changed says nothing against another one.
func TestOutdatedHintsRefuseNothing(t *testing.T) {
	d := NewDirectory()
	jwt := forge("HS256", `{"sub":"s"}`, hs256(secret))
	set(t, d, "alice", rules(Rule{Secret: secret, Subject: "s"}))
	finds(t, d, jwt, "alice")
	set(t, d, "alice", tokens("of-alice"))
	set(t, d, "bob", Options{Rules: []Rule{{Secret: secret, Subject: "s"}}, Bare: true})
	if account, _, err := d.Verify([]string{jwt}, then); err != nil || account != "bob" {
		t.Errorf("account %q, %v", account, err)
	}
}

// A stranger cannot make us try the keys of all accounts.
func TestRulesWithTheSameSubjectAreBounded(t *testing.T) {
	d := NewDirectory()
	for i := range candidatesMax / 2 {
		set(t, d, strconv.Itoa(i), rules(Rule{Secret: fmt.Sprint("a", i), Subject: "s"}, Rule{Secret: fmt.Sprint("b", i), Subject: "s"}))
	}
	set(t, d, "0", rules(Rule{Secret: "c0", Subject: "s"}, Rule{Secret: "c1", Subject: "s"})) // in place of what it had
	set(t, d, "bob", rules(Rule{Secret: "c", Subject: "t"}))
	err := d.Set("alice", newVerifier(t, rules(Rule{Secret: "d", Subject: "s"})))
	if want := `account alice would have the JWT rule number 17 with sub "s", and 16 are the most`; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

// Lookups do not wait for each other, or this one would wait for ever.
func TestLookupsDoNotWaitForEachOther(t *testing.T) {
	d := NewDirectory()
	set(t, d, "alice", Options{Tokens: []Token{{Text: "of-alice"}}, Rules: []Rule{{Secret: secret, Subject: "s"}}})
	jwt := forge("HS256", `{"sub":"s"}`, hs256(secret))
	finds(t, d, jwt, "alice")
	for _, mu := range []*sync.RWMutex{&d.mu, &d.hints.mu, &d.accounts["alice"].verified.mu} {
		mu.RLock()
		defer mu.RUnlock()
	}
	finds(t, d, jwt, "alice")
	finds(t, d, "of-alice", "alice")
}

// A peer that fills the memory of accounts with its own JWTs makes others pay a parse, and no
// signature.
func TestEvictedHintsCostNoSignature(t *testing.T) {
	d := NewDirectory()
	set(t, d, "alice", rules(Rule{Secret: secret, Subject: "s"}))
	jwt := forge("HS256", `{"sub":"s"}`, hs256(secret))
	finds(t, d, jwt, "alice")
	clear(d.hints.entries)
	d.accounts["alice"].rules[0].key = []byte("the signature cannot be verified any more")
	finds(t, d, jwt, "alice")
}

// Accounts come and go while requests come. The one that stays is always found.
func TestAccountsChangeWhileRequestsCome(t *testing.T) {
	d := NewDirectory()
	stays, goes := forge("HS256", `{"sub":"s"}`, hs256("a")), forge("HS256", `{"sub":"s"}`, hs256("b"))
	set(t, d, "stays", Options{Tokens: []Token{{Text: "of-stays"}}, Rules: []Rule{{Secret: "a", Subject: "s"}}})
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				for token, want := range map[string]string{"of-stays": "stays", stays: "stays", "of-goes": "goes", goes: "goes"} {
					account, _, err := d.Verify(bearer(token), then)
					if err == nil && account != want || err != nil && (want == "stays" || !errors.Is(err, ErrUnknownToken)) {
						t.Errorf("account %q, %v, want %q", account, err, want)
						return
					}
				}
			}
		})
	}
	for i := range 50 {
		set(t, d, "goes", Options{Tokens: []Token{{Text: "of-goes"}}, Rules: []Rule{{Secret: "b", Subject: "s"}}})
		set(t, d, "stays", Options{Tokens: []Token{{Text: "of-stays"}, {Text: strconv.Itoa(i)}}, Rules: []Rule{{Secret: "a", Subject: "s"}}})
		finds(t, d, "of-goes", "goes")
		finds(t, d, goes, "goes")
		d.Remove("goes")
		finds(t, d, "of-goes", "")
		finds(t, d, goes, "")
	}
	close(done)
	readers.Wait()
}
