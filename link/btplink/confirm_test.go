package btplink

import (
	"log/slog"
	"testing"

	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link/websocket"
)

// A login may be withdrawn while its connection is put into its place.
func TestConnectionEndsWhoseLoginDoesNotHold(t *testing.T) {
	withdrawn := make(chan struct{}, 1)
	theirs := NewClient("they", slog.New(slog.DiscardHandler))
	theirs.Begin(ilptest.Fulfilling(), nil, nil)
	_, url := listen(t, ilptest.Fulfilling(), func(o *Options) {
		o.Login = func(Login) (*Link, error) { return theirs, nil }
		o.Confirm = func(l Login) error {
			if l.Token != secret || !theirs.Connected() {
				t.Errorf("it is asked about %+v, connected %t", l, theirs.Connected())
			}
			select {
			case <-withdrawn:
				return Ending("no more")
			default:
				return nil
			}
		}
	})
	stays := join(t, url, 1)
	withdrawn <- struct{}{}
	goes := dialPeer(t, url)
	goes.send(btp.AppendAuth(nil, 2, "", secret))
	goes.want(btp.TypeResponse)
	goes.wantEnd(websocket.CodePolicy)
	stays.ping()
	theirs.End()
}
