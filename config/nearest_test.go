package config

import "testing"

func TestNearestFindsTypos(t *testing.T) {
	names := []string{"port", "secret", "ilpAddress", "ilpAddressInheritFrom", "maxHoldTime", "one-to-one", "ecb"}
	for word, want := range map[string]string{
		"prot": "port", "ports": "port", "PORT": "port", "secert": "secret", "ilp_address": "ilpAddress", "ilpAdress": "ilpAddress",
		"maxHoldTimes": "maxHoldTime", "oneToOne": "one-to-one", "one_to_one": "one-to-one",
		"": "", "x": "", "host": "", "eur": "", "minHoldTimeout": "", "something else entirely": "",
	} {
		if got := nearest(word, names); got != want {
			t.Errorf("nearest(%q) is %q, want %q", word, got, want)
		}
	}
}
