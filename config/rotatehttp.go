package config

import "reflect"

// httpSlot returns where the options of an account have the static token of one side.
func (a Account) httpSlot(side Side, written *object, r Rotation) (s slot, problem string) {
	options, moves := decodeHTTP("", a, newReport(nil)), r.Secret != ""
	inner, _ := written.values[string(side)].(*object)
	s = slot{in: inner, around: inner, now: "token", before: "oldToken", inner: "token", old: a.oldSecret(side)}
	if a.Plugin == pluginHTTP {
		if s.now = "staticToken"; inner.values["secretToken"] != nil && inner.values["secretToken"] != "" {
			s.now = "secretToken"
		}
	}
	if side == OutgoingSide {
		switch s.secret = options.Outgoing.Token; {
		case moves && options.Outgoing.JWT != nil:
			return s, "it signs tokens with a secret or a key: replace that with 'ilp-connector accounts set' when the peer knows the new one"
		case moves && s.secret == "":
			return s, "it sends no token, but shows a certificate: replace that in tls"
		case moves && r.Overlaps() && r.Secret != s.secret:
			return s, "we send one token, and it is the peer that takes two for a time: rotate it without an overlap, as soon as the peer takes the new one"
		}
		return s, ""
	}
	if a.Plugin == pluginOurHTTP {
		s.around, s.now = inner.values["tokens"], stepTo(0)
	}
	switch tokens := options.Incoming.Tokens; {
	case moves && len(tokens) == 0 && options.Incoming.JWT != nil && a.Plugin == pluginHTTP:
		return s, "its peer signs tokens with jwtSecret: replace that with 'ilp-connector accounts set', or use ilp-http, whose incoming.jwt takes several secrets"
	case moves && len(tokens) == 0 && options.Incoming.JWT != nil:
		return s, "its peer signs tokens: add a rule with the new secret or key to incoming.jwt, and remove the old one when the peer has the new one"
	case moves && len(tokens) == 0:
		return s, "its peer shows a certificate and sends no token: replace clientCertificate"
	case moves && len(tokens) > 1:
		return s, "it has several tokens in incoming.tokens, and it is not clear which one is meant: change the list"
	case len(tokens) > 0:
		s.secret = tokens[0]
	}
	return s, ""
}

// httpSecretsAlone reports whether an account differs from old in nothing of its options but in what
// proves who sends a request, and in certificates. Each request is judged on its own, so the link can
// go on, whether the old secrets stay good or not.
func (a Account) httpSecretsAlone(old Account) bool {
	after, err := a.HTTP()
	before, failed := old.HTTP()
	if err != nil || failed != nil {
		return false
	}
	for _, o := range []HTTPOptions{after, before} {
		if in := o.Incoming; in != nil {
			in.Tokens, in.OldToken, in.JWT = nil, OldSecret{}, nil
			if in.ClientCertificate != nil {
				*in.ClientCertificate = ClientCertificate{}
			}
			if in.Listener != nil && in.Listener.TLS != nil {
				*in.Listener.TLS = Certificate{}
			}
		}
		if out := o.Outgoing; out != nil {
			out.Token, out.JWT = "", nil
			if out.TLS != nil {
				out.TLS.CA, out.TLS.Cert, out.TLS.Key = "", "", ""
			}
		}
	}
	return reflect.DeepEqual(after, before)
}
