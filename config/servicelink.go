package config

import (
	"cmp"
	"net/netip"
	"regexp"
	"strings"
)

// Kubernetes sets variables for each service of a namespace in each of its containers: for a
// service named connector-admin-api, among others, CONNECTOR_ADMIN_API_PORT to a URL such as
// tcp://10.0.0.1:7780.
var linkName = regexp.MustCompile(`^(.+?)_(?:SERVICE_HOST|SERVICE_PORT(?:_.+)?|PORT|PORT_\d+_(?:TCP|UDP|SCTP)(?:_PROTO|_PORT|_ADDR)?)$`)

// linkHint says how to get rid of them.
const linkHint = "set enableServiceLinks: false in the spec of the pod, or give the service a name that does not begin with connector"

// isLinkURL reports whether a value is a URL as Kubernetes writes it into variables. It holds
// no secret.
func isLinkURL(value string) bool {
	protocol, address, _ := strings.Cut(value, "://")
	if protocol != "tcp" && protocol != "udp" && protocol != "sctp" {
		return false
	}
	_, err := netip.ParseAddrPort(address)
	return err == nil
}

// linkedService returns the name of the service that a variable belongs to, as far as the
// variable tells it, and "" if no service has such a variable.
func linkedService(variable string) string {
	parts := linkName.FindStringSubmatch(variable)
	if parts == nil {
		return ""
	}
	return strings.ReplaceAll(strings.ToLower(parts[1]), "_", "-")
}

// ServiceLink returns what is wrong with a variable that Kubernetes has set for a service, and
// what to do. Both are "" for any other variable.
func ServiceLink(variable, value string) (problem, hint string) {
	if !isLinkURL(value) {
		return "", ""
	}
	service := cmp.Or(linkedService(variable), "connector...")
	return `is "` + value + `": Kubernetes sets the variable to that for a service named ` + service, linkHint
}

// lintLinks warns of the unknown variables among names that Kubernetes has set for services:
// once for each service. It returns the other names.
func lintLinks(names []string, values map[string]string, r *report) (others []string) {
	linked := map[string]bool{}
	for _, name := range names {
		service := linkedService(name)
		if service != "" && isLinkURL(values[name]) {
			linked[service] = true
		}
	}
	warned := map[string]bool{}
	for _, name := range names {
		service := linkedService(name)
		if !linked[service] {
			others = append(others, name)
			continue
		}
		if !warned[service] {
			warned[service] = true
			r.warnings = append(r.warnings, Warning{
				Variable: name, Problem: "and similar variables are ignored: Kubernetes sets them for a service named " + service, Hint: linkHint,
			})
		}
	}
	return others
}
