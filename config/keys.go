package config

import "strings"

// peerKey is what the peer of an account proves itself with, other than a token.
type peerKey struct {
	key   string // the same for accounts of which the peer of one can send as the other
	value string // of the option; empty for a certificate
}

// peerKeys returns the keys of the peer. A rule for tokens that a secret signs is met by whoever has the
// secret, whatever else it wants. Of a certificate that is needed beside tokens, they decide.
func (a Account) peerKeys() (keys []peerKey) {
	if !a.overHTTP() {
		return nil
	}
	in := decodeHTTP("", a, newReport(nil)).Incoming
	if in == nil {
		return nil
	}
	certificate := ""
	if c := in.ClientCertificate; c != nil {
		certificate = c.CA + "\x00" + c.Name
		if len(in.Tokens)+len(in.JWT) == 0 {
			keys = append(keys, peerKey{key: certificate})
		}
	}
	for _, rule := range in.JWT {
		if rule.Secret != "" {
			keys = append(keys, peerKey{strings.Join([]string{certificate, "secret", rule.Secret}, "\x00"), rule.Secret})
		} else {
			keys = append(keys, peerKey{strings.Join([]string{certificate, "publicKey", rule.PublicKey, rule.Subject, rule.Issuer, rule.Audience}, "\x00"), rule.PublicKey})
		}
	}
	return keys
}

// checkKeys warns of accounts whose peers prove themselves with one key.
func checkKeys(c among, a Account, in indexed, r *report) {
	for _, k := range in.keys {
		if same := c.others.keys[k.key]; len(same) > 0 {
			r.warn(a.keyPath(k.value), "is the key of account "+show(same[0])+", too: the peer of one can send as the other", "agree on another key with one of the peers")
		}
	}
}

// keyPath returns the path of the option that has a key of the peer.
func (a Account) keyPath(value string) string {
	for _, pattern := range [][]string{
		{"incoming", "jwt", "secret"}, {"incoming", "jwt", "publicKey"}, {"incoming", "jwt", anyElement, "secret"}, {"incoming", "jwt", anyElement, "publicKey"},
		{"incoming", "secret"}, {"incoming", "jwtSecret"},
	} {
		for _, location := range places(a.Options, pattern) {
			if value != "" && valueAt(a.Options, location) == any(value) {
				return pathOf(a.Path("options"), location)
			}
		}
	}
	return at(a.Path("options"), "incoming", "clientCertificate")
}
