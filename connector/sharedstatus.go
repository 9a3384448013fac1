package connector

import (
	"strings"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/link"
)

// entranceOf returns the end of the path at which the shared listener serves an account. It returns
// false if it does not serve it.
func (s *shared) entranceOf(l Link) (end string, serves bool) {
	g, is := l.(sharedLink)
	if s == nil || !is {
		return "", false
	}
	for _, end := range []string{endHTTP, endBTP} {
		if g.handlerAt(end) != nil {
			return end, true
		}
	}
	return "", false
}

// addTo adds to the status of an account where the shared listener serves it, as the URL that its peer
// needs if listen.publicUrl says so.
func (s *shared) addTo(status link.Status, id string, l Link) link.Status {
	end, serves := s.entranceOf(l)
	if !serves {
		return status
	}
	status.CertificateUntil = s.certificates.listener.until()
	o := s.connector.cfg().Listen
	base := strings.TrimSuffix(o.PublicURL, "/")
	if at, _ := s.server.Address(); at == "" {
		return status // nobody is served
	} else if base == "" {
		base = "http://" + at
		if s.certificates.listener != nil {
			base = "https://" + at
		}
	}
	if scheme, host, _ := strings.Cut(base, ":"); end == endBTP {
		base = "ws" + scheme[len("http"):] + ":" + host
	}
	status.Listener = base + config.AccountPrefix(id) + end
	return status
}
