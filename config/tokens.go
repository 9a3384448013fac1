package config

import "slices"

// checkTokens wants different tokens for accounts that the shared listener knows by the token alone. It
// warns of others that have one token: the peer of one of them can send as the other.
func checkTokens(c among, a Account, in indexed, r *report) {
	for _, token := range in.tokens {
		const hint = "agree on another token with one of the peers"
		same := c.others.tokens[token]
		switch other := slices.IndexFunc(same, func(o tokenOwner) bool { return o.byToken }); {
		case in.byToken && other >= 0:
			r.fault(a.tokenPath(token), "is a token of account "+show(same[other].id)+", too: the shared listener knows by the token whose a packet is", hint)
		case len(same) > 0:
			r.warn(a.tokenPath(token), "is a token of account "+show(same[0].id)+", too: the peer of one can send as the other", hint)
		}
	}
}

// tokenPath returns the path of the option that has a token of the peer.
func (a Account) tokenPath(token string) string {
	for _, pattern := range [][]string{
		{"incoming", "tokens", anyElement}, {"incoming", "secretToken"}, {"incoming", "staticToken"}, {"incoming", "oldToken", "token"}, {"listener", "secret"},
	} {
		for _, location := range places(a.Options, pattern) {
			if valueAt(a.Options, location) == any(token) {
				return pathOf(a.Path("options"), location)
			}
		}
	}
	return at(a.Path("options"), "incoming")
}
