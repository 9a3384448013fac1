package peering

import (
	"net/url"
	"strings"

	"github.com/ilp-go/connector/config"
)

// sharedEndpoint returns the URL at which peers reach an account at the shared listener, "" if that is
// not known.
func sharedEndpoint(shared *config.Listen, id string) string {
	scheme, rest, _ := strings.Cut(shared.AccountURL(id), "://")
	switch strings.ToLower(scheme) {
	case "http":
		return "btp+ws://" + rest + "/btp"
	case "https":
		return "btp+wss://" + rest + "/btp"
	}
	return ""
}

// leadsTo reports whether an endpoint is at the shared listener: at its port, or where it says that
// others reach it.
func leadsTo(e config.Endpoint, shared *config.Listen) bool {
	if shared == nil {
		return false
	}
	at, problem := config.ParseEndpoint(sharedEndpoint(shared, "x"))
	return e.Port == shared.Port || problem == "" && at.Port == e.Port && strings.EqualFold(at.Host, e.Host)
}

// checkShared wants an endpoint by which the shared listener finds the account.
func (o Offer) checkShared(e config.Endpoint, shared *config.Listen, fault func(string, ...any)) {
	public := strings.ToLower(shared.PublicURL)
	switch {
	case !e.Secure && (shared.TLS != nil && public == "" || strings.HasPrefix(public, "https:")):
		fault("endpoint begins with btp+ws://, and the shared listener speaks TLS: use btp+wss://")
	case e.Secure && shared.TLS == nil && !strings.HasPrefix(public, "https:"):
		fault("endpoint begins with btp+wss://, and the shared listener has no certificate: use btp+ws://, or set listen.tls; " +
			"or if a proxy ends TLS, set listen.publicUrl to its https URL")
	}
	at, err := url.Parse(strings.TrimPrefix(e.URL, "btp+"))
	if err != nil {
		return // ParseEndpoint has read it
	}
	below := ""
	if parsed, err := url.Parse(shared.PublicURL); err == nil {
		below = strings.TrimSuffix(parsed.Path, "/")
	}
	path, own := strings.TrimPrefix(at.Path, below), config.AccountPrefix(o.ID)+"/btp"
	if path != "" && path != "/" && path != own {
		fault("endpoint has the path %.100q, where the shared listener does not serve the account: leave it out, or use %s", at.Path, below+own)
	}
}
