package config

import (
	"fmt"
	"net/url"
	"strings"
)

// Origins are the origins of web pages that may connect.
type Origins []origin

// ParseOrigins reads a list of origins. Each of the texts is
//
//   - an origin as browsers write it: scheme://host or scheme://host:port,
//   - with *. in front of the host for any one label there,
//   - with :* behind the host for any port or none,
//   - or * for every origin.
func ParseOrigins(texts []string) (Origins, error) {
	origins := make(Origins, len(texts))
	for i, text := range texts {
		var err error
		if origins[i], err = parseOrigin(text); err != nil {
			return nil, fmt.Errorf("%q is no origin: %w", text, err)
		}
	}
	return origins, nil
}

// Allows reports whether a page of an origin, as its browser writes it, may connect. An empty
// list allows none.
func (origins Origins) Allows(candidate string) bool {
	for i := range origins {
		if origins[i].covers(candidate) {
			return true
		}
	}
	return false
}

// origin is what one text allows.
type origin struct {
	all     bool
	scheme  string
	host    string // in lower case
	port    string // empty for that of the scheme
	below   bool   // one label before host
	anyPort bool
}

func parseOrigin(text string) (o origin, err error) {
	if text == "*" {
		return origin{all: true}, nil
	}
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok || scheme != "http" && scheme != "https" {
		return o, fmt.Errorf("write it as https://host, https://*.domain, http://host:* or *")
	}
	if rest, o.anyPort = strings.CutSuffix(rest, ":*"); strings.HasPrefix(rest, "*.") {
		o.below, rest = true, rest[2:]
	}
	u, err := url.Parse(scheme + "://" + rest)
	if err != nil || u.Host != rest || u.Hostname() == "" || strings.ContainsAny(rest, "*^$\\+()|@ ") {
		return o, fmt.Errorf("its host must be whole, without a path, and with * only as *. in front or :* behind")
	}
	o.scheme, o.host, o.port = scheme, strings.ToLower(u.Hostname()), u.Port()
	return o, nil
}

// covers reports whether an origin is one of those that o allows.
func (o *origin) covers(candidate string) bool {
	if o.all {
		return true
	}
	u, err := url.Parse(candidate)
	if err != nil || u.Scheme != o.scheme || u.Scheme+"://"+u.Host != candidate || !o.anyPort && u.Port() != o.port {
		return false
	}
	host := strings.ToLower(u.Hostname())
	if o.below {
		label, domain, _ := strings.Cut(host, ".")
		return label != "" && domain == o.host
	}
	return host == o.host
}
