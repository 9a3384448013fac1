package peering

import (
	"reflect"
	"strings"
	"testing"

	"github.com/ilp-go/connector/config"
)

// An endpoint that leads to the shared listener takes no port of its own.
func TestOfferUsesTheSharedListener(t *testing.T) {
	public := &config.Listen{Port: 7770, PublicURL: "https://connector.example/ilp/"}
	plain := &config.Listen{Port: 7770}
	secure := &config.Listen{Port: 7770, TLS: &config.Certificate{Cert: "c", Key: "k"}}
	for _, c := range []struct {
		listen       *config.Listen
		given        string
		want         string   // the endpoint of the invitation
		shared       bool     // the account has no port
		wrong        []string // words of the refusal
		peerEndpoint string
	}{
		{listen: public, want: "btp+wss://connector.example/ilp/accounts/bob/ilp/btp", shared: true},
		{listen: public, given: "btp+wss://Connector.example", want: "btp+wss://Connector.example", shared: true},
		{listen: public, given: "btp+wss://connector.example/ilp/accounts/bob/ilp/btp", want: "btp+wss://connector.example/ilp/accounts/bob/ilp/btp", shared: true},
		{listen: public, given: "btp+wss://connector.example/accounts/carl/ilp/btp", wrong: []string{"/accounts/carl/ilp/btp", "/ilp/accounts/bob/ilp/btp"}},
		{listen: public, given: "btp+ws://connector.example:443", wrong: []string{"speaks TLS"}},
		{listen: public, given: "btp+ws://other.example:7768", want: "btp+ws://other.example:7768"},
		{listen: public, peerEndpoint: "btp+ws://other.example:7768", want: "btp+ws://other.example:7768"},
		{listen: plain, given: "btp+ws://any.example:7770/", want: "btp+ws://any.example:7770/", shared: true},
		{listen: plain, given: "btp+wss://any.example:7770", wrong: []string{"has no certificate", "listen.publicUrl"}},
		{listen: secure, given: "btp+ws://any.example:7770", wrong: []string{"speaks TLS"}},
		{listen: secure, given: "btp+wss://any.example:7770", want: "btp+wss://any.example:7770", shared: true},
		{listen: plain, wrong: []string{"endpoint is not set", "listen.publicUrl"}},
	} {
		o := offer()
		o.Endpoint = c.given
		us := us
		us.Listen, us.Endpoint = c.listen, c.peerEndpoint
		i, id, entry, err := o.Invite(us, now)
		if c.wrong != nil {
			for _, word := range c.wrong {
				if err == nil || !strings.Contains(err.Error(), word) {
					t.Errorf("%+v: %v lacks %q", c, err, word)
				}
			}
			continue
		}
		if err != nil || i.Endpoint != c.want {
			t.Errorf("%+v: %q, %v", c, i.Endpoint, err)
			continue
		}
		a, _, err := config.ParseAccount(id, entry, config.Known{})
		if err != nil {
			t.Fatal(err)
		}
		if is := reflect.DeepEqual(a.Options["listener"], map[string]any{"secret": i.Token}); is != c.shared {
			t.Errorf("%+v: it listens as %v", c, a.Options["listener"])
		}
	}
	o := offer()
	o.Endpoint, o.Listen = "btp+wss://connector.example", "127.0.0.1:7768"
	us := us
	us.Listen = public
	if _, _, entry, err := o.Invite(us, now); err != nil || !strings.Contains(string(entry), `"port":7768`) {
		t.Errorf("a port that is asked for is not used: %s %v", entry, err)
	}
}
