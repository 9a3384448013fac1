package config

import "testing"

func TestHostsAreBare(t *testing.T) {
	for host, want := range map[string]string{
		"": "", "localhost": "localhost", "LOCALHOST": "localhost", "LocalHost.": "localhost", "localhost..": "localhost..",
		"[::1]": "::1", "::1": "::1", "[127.0.0.1]": "127.0.0.1", "[::]": "::", "[fe80::1%eth0]": "fe80::1%eth0",
		"[::1": "[::1", "::1]": "::1]", "[host]": "[host]", "[]": "[]", "[": "[", "Host.": "Host.",
	} {
		if got := BareHost(host); got != want {
			t.Errorf("%q: got %q, want %q", host, got, want)
		}
	}
}

func TestLoopbackIsKnownInAllSpellings(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST": true, "Localhost.": true, "127.0.0.1": true, "127.9.9.9": true, "[127.0.0.1]": true,
		"::1": true, "[::1]": true, "0:0:0:0:0:0:0:1": true, "[0:0::1]": true, "::ffff:127.0.0.1": true, "[::ffff:7f00:1]": true,
		"": false, "0.0.0.0": false, "::": false, "[::]": false, "10.0.0.1": false, "localhost.example": false, "[localhost]": false,
		"localhost..": false, "127.0.0.1.": false, "[::1": false, "128.0.0.1": false,
	} {
		if got := IsLoopback(host); got != want {
			t.Errorf("%q: got %t", host, got)
		}
	}
}

// Two listeners on the same host in different spellings cannot both be open.
func TestSpellingsOfAHostMeet(t *testing.T) {
	for _, hosts := range [][2]string{{"[::1]", "::1"}, {"LOCALHOST", "localhost."}, {"[::]", "10.0.0.1"}, {"[0.0.0.0]", "x"}} {
		a, b := Socket{Host: hosts[0], Port: 1}, Socket{Host: hosts[1], Port: 1}
		if !a.meets(b) || !b.meets(a) {
			t.Errorf("%v do not meet", hosts)
		}
	}
}
