package btplink

import (
	"testing"

	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link/websocket"
)

// The token comes first: a stranger learns nothing of why a login would be refused.
func TestAdmitIsAskedAboutLoginsWithTheToken(t *testing.T) {
	asked := make(chan Login, 9)
	listening := New(Options{Listener: &Listener{Address: "127.0.0.1:0", Secret: secret}})
	bound := make(chan string, 1)
	listening.opts.Listener.Bound = func(address string) { bound <- address }
	listening.Admit(func(l Login) error {
		asked <- l
		if l.User != "alice" {
			return Refusal("not " + l.User)
		}
		return nil
	})
	run(t, listening, ilptest.Fulfilling())
	url := "ws://" + <-bound
	for _, c := range []struct {
		user, token string
		declares    []btp.Entry
		refused     string
	}{
		{user: "alice", token: "wrong", refused: "invalid auth_token"},
		{user: "bob", token: secret, refused: "not bob"},
		{user: "alice", token: secret},
		{user: "alice", token: secret, declares: (&Asset{"USD", 6}).entries()},
		{user: "alice", token: secret, declares: []btp.Entry{{Name: []byte(assetEntry), ContentType: btp.JSON, Data: []byte(`{"assetScale":-1}`)}}},
	} {
		p := dialPeer(t, url)
		p.send(btp.AppendAuth(nil, 9, c.user, c.token, c.declares...))
		if c.refused != "" {
			p.wantError(9, "F00", "NotAcceptedError", c.refused)
			p.wantEnd(websocket.CodeNone)
		} else {
			p.want(btp.TypeResponse, 9)
		}
		if c.token != secret {
			continue
		}
		l := <-asked
		if l.User != c.user || l.Token != secret || l.Remote == "" || (l.Asset == nil) != (c.declares == nil) {
			t.Errorf("asked about %+v", l)
		}
	}
	if len(asked) > 0 {
		t.Errorf("asked about %+v too", <-asked)
	}
}

func TestClientDeclaresItsAsset(t *testing.T) {
	far := newServer(t, "127.0.0.1:0")
	l := New(Options{Server: &Server{URL: far.url(), Account: "us", Token: secret, Declare: &Asset{"XRP", 9}}})
	run(t, l, ilptest.Fulfilling())
	got := far.accept().want(btp.TypeMessage)
	if a := declaredAsset(&got); a == nil || *a != (Asset{"XRP", 9}) {
		t.Errorf("it declares %v", a)
	}
	if token, err := checkAuth(&got); err != nil || string(token) != secret {
		t.Errorf("%q %v", token, err)
	}
}
