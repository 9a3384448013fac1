package config

import (
	"strings"
	"testing"
)

func TestInvitationIsOfOneListeningPeer(t *testing.T) {
	const peer, options = `relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, balance: {maximum: "5"}`, `options: {listener: {port: 9, secret: s}}`
	sum := strings.Repeat("0f", 32)
	for invitation, words := range map[string][]string{
		`{` + peer + `, ` + options + `, invitation: {expires: "2026-01-31T12:00:00Z"}}`:                                                              nil,
		`{` + peer + `, ` + options + `, invitation: {expires: "2026-01-31T12:00:00Z", acceptedAt: "2026-01-31T12:00:00Z", acceptedAs: ` + sum + `}}`: nil,
		`{` + peer + `, ` + options + `, invitation: {expires: tomorrow}}`:                                                                            {"accounts.bob.invitation.expires", "tomorrow"},
		`{` + peer + `, ` + options + `, invitation: {expires: "2026-01-31T12:00:00Z", acceptedAs: ` + sum + `}}`:                                     {"invitation.acceptedAs", "without acceptedAt"},
		`{` + peer + `, ` + options + `, invitation: {expires: "2026-01-31T12:00:00Z", acceptedAt: x, acceptedAs: zz}}`:                               {"invitation.acceptedAt", "invitation.acceptedAs", "SHA-256"},
		`{` + peer + `, options: {server: "btp+wss://:t@h"}, invitation: {expires: "2026-01-31T12:00:00Z"}}`:                                          {"accounts.bob.invitation", "does not listen"},
		`{` + peer + `, options: {listener: {port: 9, secret: ""}}, invitation: {expires: "2026-01-31T12:00:00Z"}}`:                                   {"accounts.bob.invitation", "does not listen"},
		`{` + peer + `, ` + options + `, invitation: {}}`:                                                                                             {"accounts.bob.invitation.expires"},
	} {
		_, _, err := Parse("c.yaml", []byte("ilpAddress: test.me\naccounts: {bob: "+invitation+"}"), nil, builtin)
		if (err == nil) != (words == nil) {
			t.Errorf("%s: %v", invitation, err)
			continue
		}
		for _, word := range words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %v lacks %q", invitation, err, word)
			}
		}
	}
}

func TestEndpointIsWhatAPeerCanDial(t *testing.T) {
	for text, want := range map[string]Endpoint{
		"btp+ws://peer.example:7768": {Host: "peer.example", Port: 7768},
		"btp+wss://peer.example/a/b": {Host: "peer.example", Port: 443, Secure: true},
		"btp+ws://[::1]":             {Host: "::1", Port: 80},
		"btp+ws://0xcafe.1and1.de":   {Host: "0xcafe.1and1.de", Port: 80},
		"btp+wss://192.0.2.1:65535/": {Host: "192.0.2.1", Port: 65535, Secure: true},
	} {
		want.URL = text
		if got, problem := ParseEndpoint(text); problem != "" || got != want {
			t.Errorf("%s: %+v %s", text, got, problem)
		}
	}
	for _, text := range []string{
		"", "peer.example:7768", "ws://peer.example", "btp+ws://", "btp+ws://:7768", "btp+ws://0.0.0.0:7768", "btp+ws://[::]:1", "btp+ws://h:0", "btp+ws://h:65536",
		"btp+ws://a:b@h", "btp+ws://h/?a", "btp+ws://h/#a", "btp+ws://h\n", "btp+ws://h\x1b[31m", "btp+ws://h/ü", `btp+ws://h\a`, "btp+ws://127.1", "btp+ws://2130706433:7768", "btp+ws://0x7F.1", "btp+ws://127.0.0.0x1.", "btp+ws://0", "btp+ws://017700000001", "btp+ws://.", "btp+ws://" + strings.Repeat("h", 500),
	} {
		if e, problem := ParseEndpoint(text); problem == "" {
			t.Errorf("%q: %+v", text, e)
		}
	}
	_, _, err := Parse("c.yaml", []byte("ilpAddress: test.me\npeerEndpoint: 'btp+ws://a:b@h'\naccounts: {}"), nil, builtin)
	if err == nil || !strings.Contains(err.Error(), "peerEndpoint: holds an account or a token") || strings.Contains(err.Error(), "a:b") {
		t.Error(err)
	}
}

func TestEndpointOnThisMachine(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST.": true, "127.0.0.9": true, "[::1]": true, "[::ffff:127.0.0.1]": true, "a.localhost": true, "a.b.LocalHost.": true,
		"localhost.example": false, "notlocalhost": false, "10.0.0.1": false,
	} {
		if e, problem := ParseEndpoint("btp+ws://" + host + ":7768"); problem != "" || e.OnThisMachine() != want {
			t.Errorf("%s: %+v %s", host, e, problem)
		}
	}
}
