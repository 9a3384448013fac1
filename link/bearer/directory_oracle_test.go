package bearer

import (
	"crypto/sha512"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// oracle is a Directory that tries all that all accounts have, and remembers nothing.
type oracle map[string]Options

// account returns the accounts that a token finds. A static token comes first.
func (o oracle) accounts(text string, now time.Time) (found []string) {
	for account, has := range o {
		for _, t := range has.Tokens {
			if t.Text == text && (t.Until.IsZero() || now.Before(t.Until)) {
				found = append(found, account)
			}
		}
	}
	one, is := issued[text]
	if !is || len(found) > 0 {
		return found
	}
	for account, has := range o {
		if slices.ContainsFunc(has.Rules, func(r Rule) bool { return one.fits(r) && now.Unix() < one.exp }) {
			found = append(found, account)
		}
	}
	return found
}

// fits reports whether an account with a rule accepts a JWT at some time.
func (i issue) fits(r Rule) bool {
	return r.Subject != "" && r.Subject == i.sub && r.Secret == i.secret && (r.Issuer == "" || r.Issuer == i.iss) &&
		(len(r.Algorithms) == 0 || slices.Contains(r.Algorithms, i.algorithm))
}

// conflicts reports whether another account has a static token that an account is to have, or
// accepts a JWT that it would accept.
func (o oracle) conflicts(account string, comes Options) bool {
	for other, has := range o {
		if other == account {
			continue
		}
		for _, t := range comes.Tokens {
			if slices.ContainsFunc(has.Tokens, func(u Token) bool { return t.Text == u.Text }) {
				return true
			}
		}
		for _, one := range issued {
			if slices.ContainsFunc(comes.Rules, one.fits) && slices.ContainsFunc(has.Rules, one.fits) {
				return true
			}
		}
	}
	return false
}

// issue is what a JWT says, and what it is signed with.
type issue struct {
	algorithm, secret, sub, iss string
	exp                         int64
}

var (
	secretPool  = []string{"secret a", "secret b"}
	subPool     = []string{"", "s", "t"}
	issPool     = []string{"", "x", "y"}
	tokenPool   = []string{"token 1", "token 2", "token 3", "token 4"}
	accountPool = []string{"alice", "bob", "carol"}
)

// issued are all JWTs that the test has, with all that they can say.
var issued = func() map[string]issue {
	all := make(map[string]issue)
	for _, secret := range append(secretPool, "secret of a stranger") {
		for _, sub := range subPool {
			for _, iss := range append(issPool, "z") {
				for _, exp := range []int64{100, 200} {
					for name, sign := range map[string]signature{"HS256": hs256(secret), "HS512": hs(secret, sha512.New)} {
						var claims []string
						for claim, value := range map[string]string{"sub": sub, "iss": iss} {
							if value != "" {
								claims = append(claims, fmt.Sprintf("%q:%q", claim, value))
							}
						}
						text := forge(name, "{"+strings.Join(append(claims, fmt.Sprintf(`"exp":%d`, exp)), ",")+"}", sign)
						all[text] = issue{name, secret, sub, iss, exp}
					}
				}
			}
		}
	}
	return all
}()

func drawOptions(t *rapid.T) (o Options) {
	for _, text := range rapid.SliceOfNDistinct(rapid.SampledFrom(tokenPool), 0, 2, rapid.ID[string]).Draw(t, "tokens") {
		one := Token{Text: text}
		if rapid.IntRange(0, 3).Draw(t, "ends") == 0 {
			one.Until = time.Unix(150, 0)
		}
		o.Tokens = append(o.Tokens, one)
	}
	for range rapid.IntRange(0, 2).Draw(t, "rules") {
		o.Rules = append(o.Rules, Rule{
			Secret:     rapid.SampledFrom(secretPool).Draw(t, "secret"),
			Subject:    rapid.SampledFrom(subPool).Draw(t, "subject"),
			Issuer:     rapid.SampledFrom(issPool).Draw(t, "issuer"),
			Algorithms: rapid.SampledFrom([][]string{nil, {"HS256"}, {"HS512", "HS384"}}).Draw(t, "algorithms"),
		})
	}
	o.Bare = rapid.Bool().Draw(t, "bare")
	return o
}

// A Directory finds what the oracle finds, whatever comes, goes and is remembered. No token is good
// for two accounts.
func TestDirectoryAgreesWithOracle(t *testing.T) {
	texts := slices.Clone(tokenPool)
	for text := range issued {
		texts = append(texts, text)
	}
	slices.Sort(texts)
	rapid.Check(t, func(t *rapid.T) {
		d, o := NewDirectory(), make(oracle)
		d.hints.most = 4
		now := time.Unix(50, 0)
		account := rapid.SampledFrom(accountPool)
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				name, options := account.Draw(t, "account"), drawOptions(t)
				v, err := NewVerifier(options)
				if err != nil {
					t.Skip("there is nothing to accept")
				}
				v.verified.most = 4
				err = d.Set(name, v)
				conflicts := o.conflicts(name, options)
				if conflicts != (err != nil) {
					t.Fatalf("%v, and a conflict is %t", err, conflicts)
				}
				if err == nil {
					o[name] = options
				}
			},
			"remove": func(t *rapid.T) {
				name := account.Draw(t, "account")
				d.Remove(name)
				delete(o, name)
			},
			"pass": func(t *rapid.T) { now = time.Unix(rapid.Int64Range(0, 250).Draw(t, "time"), 0) },
			"verify": func(t *rapid.T) {
				for _, text := range rapid.SliceOfN(rapid.SampledFrom(texts), 1, 20).Draw(t, "tokens") {
					found := o.accounts(text, now)
					if len(found) > 1 {
						t.Fatalf("the accounts %q accept %q", found, text)
					}
					headers := bearer(text)
					if rapid.Bool().Draw(t, "without the scheme") {
						headers = []string{text}
						found = slices.DeleteFunc(found, func(account string) bool { return !o[account].Bare })
					}
					got, _, err := d.Verify(headers, now)
					if (err == nil) != (len(found) == 1) || err == nil && got != found[0] {
						t.Fatalf("%q is of account %q, %v, want %q", headers, got, err, found)
					}
					if err != nil && (got != "") != (errors.Is(err, ErrKnownToken) || errors.Is(err, ErrHeader)) {
						t.Fatalf("account %q with the error %v", got, err)
					}
				}
			},
		})
	})
}
