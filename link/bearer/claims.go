package bearer

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// span is the time in which a token is valid, in Unix nanoseconds. The token is not valid any more
// at until (RFC 7519, section 4.1.4).
type span struct{ from, until int64 }

func (s span) has(now int64) bool { return s.from <= now && now < s.until }

// always is the span of a token that has no times.
var always = span{math.MinInt64, math.MaxInt64}

// expected is what the claims of a JWT are checked against.
type expected struct {
	subject, issuer, audience string // empty if any is good
	requireExpiry             bool
	maxAge, leeway            int64 // nanoseconds, 0 for none
}

// check returns the span in which a token with these claims is valid, or why it is not valid now.
func (e *expected) check(claims jwt.MapClaims, now int64) (valid span, err error) {
	if valid, err = e.times(claims, now); err != nil {
		return valid, err
	}
	for _, c := range []struct{ name, want string }{{"sub", e.subject}, {"iss", e.issuer}} {
		if c.want != "" && claims[c.name] != c.want {
			return valid, fmt.Errorf("%s, want %q", quoted(claims, c.name), c.want)
		}
	}
	if e.audience != "" && !isFor(claims["aud"], e.audience) {
		return valid, fmt.Errorf("%s, want %q", quoted(claims, "aud"), e.audience)
	}
	return valid, nil
}

// isFor reports whether a claim aud, which is a text or a list of them (RFC 7519, section 4.1.3),
// has an audience.
func isFor(aud any, audience string) bool {
	list, _ := aud.([]any)
	return aud == any(audience) || slices.Contains(list, any(audience))
}

// quoted returns what an error says of a claim, which may be of any length and type.
func quoted(claims jwt.MapClaims, name string) string {
	switch claim := claims[name].(type) {
	case nil:
		return "it has no " + name
	case string, []any:
		return fmt.Sprintf("%s is %.100s", name, fmt.Sprintf("%q", claim))
	default:
		return name + " is no text"
	}
}

// times checks the times of a token. As in the plugin, a token without exp is good for ever, unless
// the rule demands one. The time of issue counts only under a rule with a maximum age.
func (e *expected) times(claims jwt.MapClaims, now int64) (valid span, err error) {
	valid = always
	nbf, hasStart, err := date(claims, "nbf")
	if err != nil {
		return valid, err
	}
	exp, hasEnd, err := date(claims, "exp")
	if err != nil {
		return valid, err
	}
	if hasStart {
		valid.from = nbf - e.leeway
	}
	if hasEnd {
		valid.until = later(exp, e.leeway)
	}
	switch {
	case now < valid.from:
		return valid, fmt.Errorf("it is not valid before %s, in %s: compare the clocks", instant(nbf), about(nbf-now))
	case now >= valid.until:
		return valid, fmt.Errorf("it expired %s ago, at %s", about(now-exp), instant(exp))
	case !hasEnd && (e.requireExpiry || e.maxAge > 0):
		return valid, fmt.Errorf("it has no exp, which the rule demands")
	case e.maxAge == 0:
		return valid, nil
	}
	return e.age(claims, valid, now)
}

// age checks the time of issue, which narrows the span. A token of the future would be valid for
// longer than the maximum age.
func (e *expected) age(claims jwt.MapClaims, valid span, now int64) (span, error) {
	iat, there, err := date(claims, "iat")
	if err != nil {
		return valid, err
	}
	valid.from = max(valid.from, iat-e.leeway)
	valid.until = min(valid.until, later(later(iat, e.maxAge), e.leeway))
	switch {
	case !there:
		return valid, fmt.Errorf("it has no iat, which the rule demands")
	case now < valid.from:
		return valid, fmt.Errorf("it was issued at %s, in %s: compare the clocks", instant(iat), about(iat-now))
	case now >= valid.until:
		return valid, fmt.Errorf("it was issued %s ago, and may be %s old", about(now-iat), time.Duration(e.maxAge))
	}
	return valid, nil
}

// secondsMax is the time in seconds beyond which Unix nanoseconds do not reach.
const secondsMax = float64(math.MaxInt64 / int64(time.Second))

// date returns a time of RFC 7519 (section 2, NumericDate) in Unix nanoseconds. Times before 1970 or
// after 2262 are cut to these.
func date(claims jwt.MapClaims, name string) (at int64, there bool, err error) {
	claim, there := claims[name]
	if !there {
		return 0, false, nil
	}
	seconds, ok := claim.(float64)
	if !ok {
		return 0, true, fmt.Errorf("%s is no number", name)
	}
	switch whole, part := math.Modf(seconds); {
	case seconds <= 0:
		return 0, true, nil
	case seconds >= secondsMax:
		return math.MaxInt64, true, nil
	default:
		return int64(whole)*int64(time.Second) + int64(part*float64(time.Second)), true, nil
	}
}

// later returns a time some nanoseconds after another, or the last one there is.
func later(at, by int64) int64 {
	if at > math.MaxInt64-by {
		return math.MaxInt64
	}
	return at + by
}

// about returns a number of nanoseconds as a text that is exact to the second.
func about(d int64) string { return time.Duration(d).Round(time.Second).String() }

func instant(at int64) string { return time.Unix(0, at).UTC().Format(time.RFC3339) }
