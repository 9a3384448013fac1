package httplink_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ildcp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link/httplink"
)

// Children of one account have their names in their addresses and in the URLs that they are
// reached at. The address of the account is compared as whole segments.
func TestManyChildrenOfOneAccount(t *testing.T) {
	far := ilptest.NewLink()
	far.Answer = func(p ilp.Prepare) ilp.Reply {
		if string(p.Destination()) != ildcp.Destination {
			return ilptest.Fulfill()
		}
		data := (&ildcp.Response{ClientAddress: "test.us.kids", AssetCode: "XRP", AssetScale: 9}).Append(nil)
		reply, _ := ilp.ParseReply(data)
		return reply
	}
	var paths sync.Map
	children := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths.Store(r.URL.Path, r.Header.Get("ILP-Destination"))
		fulfill := ilptest.Fulfill()
		_, _ = w.Write(fulfill.Bytes())
	}))
	for name, info := range map[string]*ildcp.Response{"asked": nil, "told": {ClientAddress: "test.us.kids", AssetCode: "USD", AssetScale: 2}} {
		t.Run(name, func(t *testing.T) {
			l, address := receiving(t, far, func(o *httplink.Options) {
				o.Multi = &httplink.Multi{Delimiter: "%", Info: info}
				o.Outgoing = to(t, children+"/to/x")
				o.Outgoing.Template, o.Outgoing.Destination = children+"/to/%/ilp", true
			})
			l.SetAddress("test.us.kids")
			for child, want := range map[string]int{"bob": 200, "7": 200, "": 400, "a.b": 400, strings.Repeat("a", 129): 400, "a b": 400} {
				r, _ := http.NewRequest(http.MethodPost, address, bytes.NewReader(bytesOf(ilptest.Prepare(ildcp.Destination, 0, ilptest.WithCondition(ilp.PeerCondition)))))
				r.Header.Set("Authorization", token)
				r.Header.Set("ILP-Peer-Name", child)
				w, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				body, _ := io.ReadAll(w.Body)
				_ = w.Body.Close()
				if w.StatusCode != want {
					t.Errorf("%q gets %d %s", child, w.StatusCode, body)
				}
				if want != 200 {
					continue
				}
				reply, err := ilp.ParseReply(body)
				if err != nil {
					t.Fatal(err)
				}
				response, err := ildcp.ParseResponse(reply)
				if asset := map[string]string{"asked": "XRP", "told": "USD"}[name]; err != nil || response.ClientAddress != "test.us.kids."+child || response.AssetCode != asset {
					t.Errorf("%q is told %+v, %v", child, response, err)
				}
			}
			for destination, want := range map[string]string{
				"test.us.kids.bob.x": "fulfill", "test.us.kids.7": "fulfill",
				"test.us.kidsbob":   "F02 failed to send packet: packet is for none of the account's children",
				"test.us.kids.a~b":  "F02 failed to send packet: invalid address segment",
				"test.other.bob.xx": "F02 failed to send packet: packet is for none of the account's children",
			} {
				if got := describe(ask(l, ilptest.Prepare(destination, 5))); got != want {
					t.Errorf("%s gets %s, want %s", destination, got, want)
				}
			}
			for path, destination := range map[string]string{"/to/bob/ilp": "test.us.kids.bob.x", "/to/7/ilp": "test.us.kids.7"} {
				if got, _ := paths.Load(path); got != destination {
					t.Errorf("%s was told %v", path, got)
				}
			}
		})
	}
	http.DefaultClient.CloseIdleConnections()
}
