package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/admin/admintest"
)

// verbatim is JSON that a float cannot hold, nor Go keep in its order, as a plugin writes it.
const verbatim = `{"z":123456789012345678901234567890,"a":[1.0,1e400,"<&>\u2028"],"":null}`

// pluginNode has an account, alice, with a plugin that has admin info.
func pluginNode(t *testing.T) (*admintest.Node, *[]string) {
	t.Helper()
	n, sent := newNode(t), new([]string)
	n.Plugins = map[string]admintest.Plugin{"alice": {
		Info: func(context.Context) (json.RawMessage, error) { return json.RawMessage(verbatim), nil },
		Send: func(_ context.Context, body json.RawMessage) (json.RawMessage, error) {
			*sent = append(*sent, string(body))
			return json.RawMessage(verbatim), nil
		},
	}}
	return n, sent
}

func TestAdminInfoOfAPluginIsAsInTheReference(t *testing.T) {
	n, _ := pluginNode(t)
	api := newAPI(t, n, loopback())
	list := answer(api, call(http.MethodGet, "/accounts", "")).Body.String()
	if strings.Count(list, `"adminInfo":true`) != 1 || strings.Count(list, `"adminInfo":false`) != 2 {
		t.Errorf("/accounts: %s", list)
	}
	got := answer(api, call(http.MethodGet, "/accounts/alice", "")).Body.String()
	const want = `{"account":"alice","plugin":"ilp-plugin-btp","info":` + verbatim + `,"configuration":{"relation":`
	if !strings.HasPrefix(got, want) || strings.Count(got, `"info":`) != 1 || !strings.Contains(got, `"state":`) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	got = answer(api, call(http.MethodGet, "/accounts/alice?info=false", "")).Body.String()
	if !strings.HasPrefix(got, `{"account":"alice","plugin":"ilp-plugin-btp","configuration":{`) {
		t.Errorf("without info: %s", got)
	}
	if w := answer(api, call(http.MethodGet, "/accounts/alice?info=maybe", "")); w.Code != http.StatusBadRequest {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	got = answer(api, call(http.MethodGet, "/accounts/bob", "")).Body.String()
	if !strings.Contains(got, `"info":{"relation":`) || strings.Contains(got, `"configuration"`) {
		t.Errorf("an account without admin info: %s", got)
	}
}

func TestAdminInfoIsSentAndAudited(t *testing.T) {
	n, sent := pluginNode(t)
	api := newAPI(t, n, loopback())
	if w := answer(api, call(http.MethodPost, "/accounts/alice", verbatim)); w.Body.String() != `{"account":"alice","plugin":"ilp-plugin-btp","result":`+verbatim+`}` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if len(*sent) != 1 || (*sent)[0] != verbatim {
		t.Errorf("sent %q", *sent)
	}
	if w := answer(api, call(http.MethodPost, "/accounts/bob", "{}")); w.Code != 500 || w.Body.String() != "Error: plugin does not support sending admin info. account=bob" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	log := answer(api, call(http.MethodGet, "/audit", "")).Body.String()
	if !strings.Contains(log, `"what":"send admin info","accountId":"alice"`) || strings.Contains(log, "1234567") || strings.Contains(log, "bob") {
		t.Errorf("audit log: %s", log)
	}
}

func TestPluginThatFailsIsAnsweredAsInTheReference(t *testing.T) {
	n, _ := pluginNode(t)
	var failure error
	n.Plugins["alice"] = admintest.Plugin{
		Info: func(context.Context) (json.RawMessage, error) { return nil, failure },
		Send: func(context.Context, json.RawMessage) (json.RawMessage, error) { return nil, failure },
	}
	api := newAPI(t, n, loopback())
	for _, test := range []struct {
		failure error
		status  int
		text    string
	}{
		{admin.Thrown("TypeError: no such thing"), 500, "TypeError: no such thing"},
		{admin.Unavailable("the node host is down"), 503, "Error: the node host is down"},
		{fmt.Errorf("wait: %w", context.DeadlineExceeded), 504, "Error: the plugin has not answered within 10s, and may still do what it was asked for"},
		{errors.New("odd"), 500, "Error: odd"},
		{nil, 200, `{"account":"alice","plugin":"ilp-plugin-btp"`}, // undefined is left out
	} {
		failure = test.failure
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			w := answer(api, call(method, "/accounts/alice", map[string]string{http.MethodPost: "{}"}[method]))
			if w.Code != test.status || !strings.HasPrefix(w.Body.String(), test.text) || strings.Contains(w.Body.String(), `"result"`) {
				t.Errorf("%v: %s is answered %d %s", test.failure, method, w.Code, w.Body)
			}
		}
	}
}

// A plugin that hangs holds nothing up for longer than a moment.
func TestPluginHasTenSecondsForItsAdminInfo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, _ := pluginNode(t)
		n.Plugins["alice"] = admintest.Plugin{Info: func(ctx context.Context) (json.RawMessage, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		api := newAPI(t, n, loopback())
		if w := answer(api, call(http.MethodGet, "/accounts/alice", "")); w.Code != http.StatusGatewayTimeout {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}

func TestStatusShowsNodeHosts(t *testing.T) {
	n := newNode(t)
	api := newAPI(t, n, loopback())
	if got := answer(api, call(http.MethodGet, "/status", "")).Body.String(); strings.Contains(got, "nodeHosts") {
		t.Errorf("without one: %s", got)
	}
	n.NodeProcesses = []admin.Member[admin.NodeHost]{{Name: "all", Value: admin.NodeHost{Modules: []string{"ilp-plugin-x"}, Restarts: 3, LastError: "gone"}}}
	const want = `"nodeHosts":{"all":{"modules":["ilp-plugin-x"],"up":false,"restarts":3,"lastError":"gone"}}}`
	if got := answer(api, call(http.MethodGet, "/status", "")).Body.String(); !strings.HasSuffix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}
