package config

import (
	"reflect"
	"time"
)

// Side says which of two secrets of an account is meant: that which we send, or that which we take.
type Side string

// The sides. Those of an account over BTP are the token for its server and the secret of its listener,
// those over HTTP the tokens of outgoing and incoming requests.
const (
	ServerSide   Side = "server"
	ListenerSide Side = "listener"
	OutgoingSide Side = "outgoing"
	IncomingSide Side = "incoming"
)

// Sides returns all sides.
func Sides() []Side { return []Side{ServerSide, ListenerSide, OutgoingSide, IncomingSide} }

// Rotation gives an account another secret.
type Rotation struct {
	// Side may be empty if the account has only one.
	Side Side
	// Secret is the new secret. If it is empty, it stays, and only the old one ends.
	Secret string
	// Until is until when the present secret is good too. It ends at once if that is not after Now.
	Until time.Time
	Now   time.Time
}

// Rotated says what a rotation has changed.
type Rotated struct {
	Side Side
	// OldUntil is until when the old secret is good too, the zero time if there is none.
	OldUntil time.Time
}

// Overlaps reports whether both secrets are good for a time.
func (r Rotation) Overlaps() bool { return r.Until.After(r.Now) }

// Rotate returns an account of c with another secret, checked as Patch does, and what
// was changed. The error is Faults if the request makes no sense, and otherwise says what the present
// state forbids.
//
// A rotation to the present secret changes nothing. As long as an old secret is good, another
// rotation with an overlap is refused: a third secret would end the first one, which the peer may
// still use.
func (c *Config) Rotate(a Account, r Rotation, known Known) (Account, Rotated, []Warning, error) {
	path := at("accounts", a.ID, "options")
	out := newReport(map[string]string{})
	side, problem := a.rotating(r.Side)
	if problem != "" {
		return Account{}, Rotated{}, nil, unfit(problem)
	}
	if len(r.Secret) > secretMax {
		out.fault(path, "would have a secret longer than the first message of a peer can be", secretHint)
		return Account{}, Rotated{}, nil, out.faults
	}
	value, faults := parseJSON(path, a.Text())
	if len(faults) > 0 {
		return Account{}, Rotated{}, nil, faults
	}
	whole := value.(*object)
	written, ok := whole.values["options"].(*object)
	if !ok {
		return Account{}, Rotated{}, nil, unfit("the options of the account cannot be read")
	}
	find := a.btpSlot
	if a.overHTTP() {
		find = a.httpSlot
	}
	s, problem := find(side, written, r)
	if problem == "" {
		problem = s.rotate(r)
	}
	if problem != "" {
		return Account{}, Rotated{}, nil, unfit(problem)
	}
	next, warnings, err := c.parseAccount(a.ID, whole, known, out)
	done := Rotated{Side: side}
	if err == nil {
		if done.OldUntil = next.oldSecret(side).Until; !done.OldUntil.After(r.Now) {
			done.OldUntil = time.Time{}
		}
	}
	return next, done, warnings, err
}

// oldSecret returns the old secret of one side, which the account has. Of outgoing requests over HTTP
// there is none.
func (a Account) oldSecret(side Side) OldSecret {
	switch over := newReport(nil); side {
	case ListenerSide:
		return decodeBTP("", a, over).Listener.OldSecret
	case ServerSide:
		return decodeBTP("", a, over).Server.OldToken
	case IncomingSide:
		return decodeHTTP("", a, over).Incoming.OldToken
	}
	return OldSecret{}
}

// unfit is why the present state of an account forbids a rotation.
type unfit string

// Error returns the reason.
func (u unfit) Error() string { return string(u) }

// rotating returns the side of a rotation, or why there is none.
func (a Account) rotating(side Side) (_ Side, problem string) {
	var takes, sends bool
	in, out := ListenerSide, ServerSide
	switch {
	case a.Children != nil || a.Plugin == pluginMiniAccounts:
		return "", "its clients have tokens of their own: rotate those with 'ilp-connector children rotate'"
	case a.overBTP():
		options := decodeBTP("", a, newReport(nil))
		takes, sends = options.Listener != nil, options.Server != nil
	case a.overHTTP():
		options := decodeHTTP("", a, newReport(nil))
		takes, sends = options.Incoming != nil, options.Outgoing != nil
		in, out = IncomingSide, OutgoingSide
	default:
		return "", "only accounts with " + oneOf([]string{pluginBTP, pluginXRP, pluginHTTP, pluginOurHTTP}) + " have a secret that we know how to rotate: change the options of its plugin"
	}
	switch {
	case side == "" && takes && sends:
		return "", "it has " + string(in) + " and " + string(out) + ", each with a secret: say which is meant with side"
	case side == "" && takes:
		return in, ""
	case side == "":
		return out, ""
	case side == in && !takes, side == out && !sends:
		return "", "it has no " + string(side) + ": leave side out"
	case side != in && side != out:
		return "", "side is neither " + string(in) + " nor " + string(out)
	}
	return side, ""
}

// btpSlot returns where the options of an account have the secret of one side. A new one is not
// written into a URI.
func (a Account) btpSlot(side Side, written *object, r Rotation) (s slot, problem string) {
	options := decodeBTP("", a, newReport(nil))
	if side == ListenerSide {
		inner, _ := written.values["listener"].(*object)
		return slot{inner, inner, "secret", "oldSecret", "secret", options.Listener.Secret, options.Listener.OldSecret}, ""
	}
	problem = ownToken(written, options.Server, r.Secret != "")
	return slot{written, written, "btpToken", "oldToken", "token", options.Server.Token, options.Server.OldToken}, problem
}

// ownToken moves account and token out of a URI, where the token is escaped, into options of
// their own. It returns why that cannot be.
func ownToken(options *object, server *BTPServer, moves bool) (problem string) {
	uri, literal := options.values["server"].(string)
	switch {
	case !literal:
		return "its server and token come from " + whereIs(options.values["server"]) + ": change that, and reload"
	case !moves:
		return ""
	}
	if own, _, _ := parseBTPURI(uri); own == nil || own.Account+own.Token == "" {
		return ""
	}
	options.set("server", "btp+"+server.URL)
	if server.Account != "" {
		options.set("btpAccount", server.Account)
	}
	options.set("btpToken", server.Token)
	return ""
}

// slot is where an account has a secret and the old one.
type slot struct {
	in     *object // has the old one
	around any     // has the present one
	now    string  // the step to it
	before string  // the option with the old one
	inner  string  // the option of the old secret in before
	secret string
	old    OldSecret
}

// rotate puts a new secret in. It returns why it does not.
func (s slot) rotate(r Rotation) (problem string) {
	if ref, refers := child(s.around, s.now).(*object); refers && r.Secret != "" && r.Secret != s.secret {
		return "its secret comes from " + whereIs(ref) + ": write the new one there, the old one with its end into " + s.before + ", and reload"
	}
	open := s.old.Secret != "" && s.old.Until.After(r.Now)
	switch {
	case r.Secret == "" || r.Secret == s.secret && !r.Overlaps():
		s.in.remove(s.before)
	case r.Secret == s.secret:
	case !r.Overlaps():
		put(s.around, s.now, r.Secret)
		s.in.remove(s.before)
	case s.secret == "":
		return "it has no secret that could stay good: rotate it without an overlap"
	case open && r.Secret != s.old.Secret:
		return "the secret from before the last rotation is good until " + s.old.Until.UTC().Format(time.RFC3339) + ", and the peer may still use it: " +
			"end its overlap first, or replace the new secret alone with 'ilp-connector accounts set'"
	default:
		old := newObject()
		old.set(s.inner, s.secret)
		old.set("until", r.Until.UTC().Format(time.RFC3339))
		put(s.around, s.now, r.Secret)
		s.in.set(s.before, old)
	}
	return ""
}

// whereIs returns a reference in words.
func whereIs(value any) string {
	if o, ok := value.(*object); ok {
		if ref, problem, _ := readReference(o); problem == "" {
			return "the " + ref.String()
		}
	}
	return "elsewhere"
}

// SecretsAlone reports whether an account differs from old in nothing of its options but secrets,
// certificates and what has no effect, and whether each present secret of old stays good. Then
// connections can go on.
func (a Account) SecretsAlone(old Account, now time.Time) bool {
	if a.Plugin != old.Plugin {
		return false
	}
	if a.Plugin == pluginMiniAccounts {
		after, err := a.MiniAccounts()
		before, failed := old.MiniAccounts()
		if err != nil || failed != nil || (after.TLS == nil) != (before.TLS == nil) {
			return false
		}
		after.TLS, before.TLS = nil, nil
		return reflect.DeepEqual(after, before)
	}
	if a.overHTTP() {
		return a.httpSecretsAlone(old)
	}
	if !a.overBTP() {
		return false
	}
	after, err := a.BTP()
	before, failed := old.BTP()
	if err != nil || failed != nil || (after.Server == nil) != (before.Server == nil) || (after.Listener == nil) != (before.Listener == nil) {
		return false
	}
	if s, was := after.Server, before.Server; s != nil {
		if !stays(was.Token, s.Token, s.OldToken, now) || (s.TLS == nil) != (was.TLS == nil) {
			return false
		}
		for _, one := range []*BTPServer{s, was} {
			one.Token, one.OldToken = "", OldSecret{}
			if one.TLS != nil {
				one.TLS.CA, one.TLS.Cert, one.TLS.Key = "", "", ""
			}
		}
	}
	if l, was := after.Listener, before.Listener; l != nil {
		if a.Children == nil && !stays(was.Secret, l.Secret, l.OldSecret, now) || (l.TLS == nil) != (was.TLS == nil) {
			return false
		}
		for _, one := range []*BTPListener{l, was} {
			one.Secret, one.OldSecret, one.TLS = "", OldSecret{}, nil
		}
	}
	return reflect.DeepEqual(after, before)
}

// stays reports whether a secret is still good.
func stays(secret, next string, old OldSecret, now time.Time) bool {
	return secret == next || secret == old.Secret && old.Until.After(now)
}
