package config

import (
	"net/netip"
	"strings"
)

// BareHost returns a host as package net takes it: an address without the brackets of a URL,
// and localhost in small letters without a dot at the end. Other names stay as they are.
func BareHost(host string) string {
	if inner, ok := strings.CutPrefix(host, "["); ok {
		if inner, ok = strings.CutSuffix(inner, "]"); ok {
			if _, err := netip.ParseAddr(inner); err == nil {
				return inner
			}
		}
	}
	if strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") {
		return "localhost"
	}
	return host
}

// IsLoopback reports whether only this machine can reach a socket on host. A name other
// than localhost does not count, because it may resolve to another address tomorrow.
func IsLoopback(host string) bool {
	host = BareHost(host)
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.Unmap().IsLoopback()
}
