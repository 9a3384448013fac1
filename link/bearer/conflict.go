package bearer

import (
	"fmt"
	"slices"
)

// candidatesMax bounds the rules of all accounts that expect the same subject, since a stranger with
// that subject makes us try all of them.
const candidatesMax = 16

// conflictLocked returns why an account cannot have a Verifier beside the other accounts, nil if it can.
// No token may be good for two accounts.
func (d *Directory) conflictLocked(account string, v *Verifier) error {
	for i := range v.static {
		if owner, there := d.static[v.static[i].digest]; there && owner != account {
			return fmt.Errorf("accounts %s and %s have the same static token, so it names neither: give each account its own", owner, account)
		}
	}
	expecting := make(map[string]int)
	for i := range v.rules {
		r := &v.rules[i]
		if r.subject == "" {
			continue
		}
		if expecting[r.subject]++; len(d.subjects[r.subject]) > 0 {
			if err := d.besideLocked(account, r, expecting[r.subject]); err != nil {
				return err
			}
		}
	}
	return nil
}

// besideLocked returns why an account cannot have a rule, the nth of it with that subject, beside
// those of the other accounts.
func (d *Directory) besideLocked(account string, r *rule, nth int) error {
	for _, c := range d.subjects[r.subject] {
		if c.account == account {
			continue
		}
		nth += c.rules
		for i := range c.verifier.rules {
			if r.overlaps(&c.verifier.rules[i]) {
				return fmt.Errorf("accounts %s and %s accept the same JWTs, those with sub %q and the same key: give each account its own sub or key",
					c.account, account, r.subject)
			}
		}
	}
	if nth > candidatesMax {
		return fmt.Errorf("account %s would have the JWT rule number %d with sub %q, and %d are the most: give each account its own sub",
			account, nth, r.subject, candidatesMax)
	}
	return nil
}

// overlaps reports whether some token is good for two rules. A token may be for two audiences, so
// these make no difference.
func (r *rule) overlaps(o *rule) bool {
	return r.subject == o.subject && r.id == o.id &&
		(r.issuer == "" || o.issuer == "" || r.issuer == o.issuer) &&
		slices.ContainsFunc(r.algorithms, func(a algorithm) bool {
			return slices.ContainsFunc(o.algorithms, func(b algorithm) bool { return a.name == b.name })
		})
}
