package config

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

// btp decodes options given as JSON, and returns what was reported.
func btp(t *testing.T, options string) (BTPOptions, *report) {
	t.Helper()
	a := Account{ID: "bob"}
	if err := unmarshal([]byte(options), &a.Options); err != nil {
		t.Fatal(err)
	}
	r := newReport(nil)
	return decodeBTP("options", a, r), r
}

func TestBTPOptionsAreTyped(t *testing.T) {
	for options, want := range map[string]BTPOptions{
		`{"server":"btp+ws://bob:tok@localhost:7768/a"}`: {
			Server: &BTPServer{URL: "ws://localhost:7768/a", Account: "bob", Token: "tok"},
		},
		`{"server":"btp+wss://h","btpAccount":"bob","btpToken":"a=b","reconnectInterval":500,"responseTimeout":1000,"listener":null,"declareAsset":true}`: {
			Server:             &BTPServer{URL: "wss://h", Account: "bob", Token: "a=b", DeclareAsset: true},
			ReconnectIntervals: []time.Duration{500 * time.Millisecond}, ResponseTimeout: time.Second,
		},
		`{"server":"btp+wss://:t@h","tls":{"ca":"ca.pem","cert":"c.pem","key":"k.pem","serverName":"n"},"reconnectInterval":5,"reconnectIntervals":[0,100],"responseTimeout":0}`: {
			Server:             &BTPServer{URL: "wss://h", Token: "t", TLS: &BTPClientTLS{CA: "ca.pem", Cert: "c.pem", Key: "k.pem", ServerName: "n"}},
			ReconnectIntervals: []time.Duration{0, 100 * time.Millisecond},
		},
		`{"listener":{"port":9000,"secret":"s"}}`:   {Listener: &BTPListener{Port: 9000, Secret: "s"}},
		`{"listener":{"secret":"s"}}`:               {Listener: &BTPListener{Secret: "s", Shared: true}},
		`{"listener":{"port":"9000","secret":"s"}}`: {Listener: &BTPListener{Port: 9000, Secret: "s"}},
		`{"listener":{"wsOpts":{"port":9000,"host":"::1","path":"/p","perMessageDeflate":false},"secret":"s"}}`: {
			Listener: &BTPListener{Host: "::1", Port: 9000, Path: "/p", Secret: "s"},
		},
		`{"server":"btp+wss://:t@h","listener":{"port":0,"host":"h","path":"/q","secret":"s","tls":{"cert":"c","key":"k"}},"_log":1,"_store":2,"btpAuthFlags":{},"reconnectClearTryTimeout":5}`: {
			Server:   &BTPServer{URL: "wss://h", Token: "t"},
			Listener: &BTPListener{Host: "h", Path: "/q", Secret: "s", TLS: &Certificate{Cert: "c", Key: "k"}},
		},
	} {
		got, r := btp(t, options)
		if len(r.faults) > 0 || len(r.warnings) > 0 {
			t.Errorf("%s:\n%v %v", options, r.faults, r.warnings)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %#v\nwant %#v", options, got, want)
		}
	}
}

func TestBTPOptionsFaults(t *testing.T) {
	for options, words := range map[string][]string{
		`{}`:                                                                          {"options: has neither server nor listener"},
		`{"server":"","listener":null}`:                                               {"options: has neither server nor listener"},
		`{"server":5}`:                                                                {"options.server", "is a number, not a string"},
		`{"server":"ws://h"}`:                                                         {"options.server", "btp+ws://"},
		`{"server":"btp+http://h"}`:                                                   {"options.server", "btp+ws://"},
		`{"server":"btp+ws://"}`:                                                      {"options.server", "no host"},
		`{"server":"btp+ws://:t@:80/"}`:                                               {"options.server", "no host"},
		`{"server":"btp+ws://h:65536"}`:                                               {"options.server", "not valid"},
		`{"server":"btp+ws://:to/ken@h"}`:                                             {"options.server", "in its account or token", "percent-encode"},
		`{"server":"btp+ws://:to?ken@h"}`:                                             {"options.server", "in its account or token", "btpToken"},
		`{"server":"btp+ws://:to#ken@h"}`:                                             {"options.server", "in its account or token", "percent-encode"},
		`{"server":"btp+ws://:to\\ken@h"}`:                                            {"options.server", "in its account or token", "percent-encode"},
		`{"server":"btp+wss://acc:12/ken@h:80/path"}`:                                 {"options.server", "in its account or token", "percent-encode"},
		`{"server":"btp+wss://a/c:token@h"}`:                                          {"options.server", "in its account or token", "percent-encode"},
		`{"server":"btp+wss://:a/b?c#d@h"}`:                                           {"options.server", "in its account or token", "percent-encode"},
		`{"server":"btp+ws://h:x"}`:                                                   {"options.server", "not valid"},
		`{"server":"btp+wss://a@h","btpToken":"t"}`:                                   {"options.server", "btpAccount and btpToken"},
		`{"server":"btp+wss://:t@h","btpAccount":"a"}`:                                {"options.server", "btpAccount and btpToken"},
		`{"server":"btp+wss://h","btpToken":5}`:                                       {"options.btpToken", "is a number, not a string"},
		`{"server":"btp+wss://h","tls":[]}`:                                           {"options.tls", "is a list, not an object"},
		`{"server":"btp+wss://h","tls":{"cert":"c"}}`:                                 {"options.tls", "only one of cert and key"},
		`{"server":"btp+wss://h","tls":{"rejectUnauthorized":"no"}}`:                  {"options.tls.rejectUnauthorized", "is a string, not true or false"},
		`{"server":"btp+wss://h","reconnectInterval":-1}`:                             {"options.reconnectInterval", "milliseconds"},
		`{"server":"btp+wss://h","responseTimeout":"1"}`:                              {"options.responseTimeout", "milliseconds"},
		`{"server":"btp+wss://h","responseTimeout":2147483648}`:                       {"options.responseTimeout", "milliseconds"},
		`{"server":"btp+wss://h","reconnectIntervals":5}`:                             {"options.reconnectIntervals", "is a number, not a list"},
		`{"server":"btp+wss://h","reconnectIntervals":[1,1.5]}`:                       {"options.reconnectIntervals", "milliseconds"},
		`{"listener":true}`:                                                           {"options.listener", "is a boolean, not an object"},
		`{"listener":{"port":1}}`:                                                     {"options.listener.secret", "not set"},
		`{"listener":{"port":1,"secret":5}}`:                                          {"options.listener.secret", "is a number, not a string"},
		`{"listener":{"secret":"s","port":65536}}`:                                    {"options.listener.port", "not a port"},
		`{"listener":{"secret":"s","port":-1}}`:                                       {"options.listener.port", "not a port"},
		`{"listener":{"secret":"s","port":"http"}}`:                                   {"options.listener.port", "not a port"},
		`{"listener":{"secret":"s","port":""}}`:                                       {"options.listener.port", "not a port"},
		`{"listener":{"secret":"s","port":1,"path":"p"}}`:                             {"options.listener.path", "slash"},
		`{"listener":{"secret":"s","port":1,"tls":{"key":"k"}}}`:                      {"options.listener.tls", "both cert and key"},
		`{"listener":{"secret":"s","port":1,"path":"/p?a=b"}}`:                        {"options.listener.path", "? or a #"},
		`{"listener":{"secret":"s","wsOpts":{"port":1,"path":"/p#a"}}}`:               {"options.listener.path", "? or a #"},
		`{"listener":{"secret":"s","port":1,"path":"/p\u0000"}}`:                      {"options.listener.path", "control character"},
		`{"listener":{"secret":"s","port":1,"host":"127.0.0.1:1"}}`:                   {"options.listener.host", "holds a port"},
		`{"listener":{"secret":"s","port":1,"host":"[::1]:1"}}`:                       {"options.listener.host", "holds a port"},
		`{"listener":{"secret":"s","wsOpts":{"port":1,"host":"ws://h"}}}`:             {"options.listener.host", "URL"},
		`{"listener":{"secret":"s","port":1,"host":"a b"}}`:                           {"options.listener.host", "not the name of a host"},
		`{"listener":{"port":1,"secret":"` + strings.Repeat("x", secretMax+1) + `"}}`: {"options.listener.secret", "longer", "16000"},
	} {
		if _, r := btp(t, options); r.faults == nil || !hasLine(faultLines(r.faults), words...) {
			t.Errorf("%s:\n%v\nwant %q", options, r.faults, words)
		}
	}
}

func TestBTPOptionsWarnings(t *testing.T) {
	for options, words := range map[string][]string{
		`{"server":"btp+wss://:t@h","sever":1}`:                                          {"options.sever", "ignored", "did you mean server?"},
		`{"server":"btp+wss://:t@h","tls":{"servername":"x"}}`:                           {"options.tls.servername", "did you mean serverName?"},
		`{"server":"btp+wss://:t@h","tls":{"rejectUnauthorized":false}}`:                 {"options.tls.rejectUnauthorized", "any server that answers"},
		`{"server":"btp+ws://:t@h","tls":{}}`:                                            {"options.tls", "no effect"},
		`{"server":"btp+wss://:a=b@h"}`:                                                  {"options.server", "percent-escaped"},
		`{"server":"btp+ws://:t@ilsp.example.com"}`:                                      {"options.server", "not encrypted"},
		`{"server":"btp+ws://:t@203.0.113.5"}`:                                           {"options.server", "not encrypted"},
		`{"server":"btp+wss://h"}`:                                                       {"options.server", "no token", "btpToken"},
		`{"listener":{"secret":"s","port":1,"host":"[::1]"}}`:                            {"options.listener.host", "brackets", "such as ::1"},
		`{"server":"btp+wss://bob@h"}`:                                                   {"options.server", "no token"},
		`{"server":"btp+wss://h","btpAccount":"bob"}`:                                    {"options.server", "no token"},
		`{"server":"btp+wss://:t@h/p#a"}`:                                                {"options.server", "holds a #"},
		`{"server":"btp+wss://h","btpToken":"` + strings.Repeat("x", secretMax+1) + `"}`: {"options.server", "16000"},
		`{"listener":{"secret":"s","wsOpts":{"port":1,"noServer":true}}}`:                {"options.listener.wsOpts.noServer", "no effect"},
		`{"listener":{"port":1,"secret":""}}`:                                            {"options.listener.secret", "is empty"},
		`{"listener":{"port":1,"secret":"s","prot":1}}`:                                  {"options.listener.prot", "did you mean port?"},
		`{"listener":{"port":1,"secret":"s","wsOpts":{"port":2}}}`:                       {"options.listener.port", "wsOpts.port wins"},
		`{"listener":{"port":1,"secret":"s","wsOpts":{"verify":true}}}`:                  {"options.listener.wsOpts.verify", "ignored"},
	} {
		_, r := btp(t, options)
		if len(r.faults) > 0 || len(r.warnings) != 1 || !hasLine(warningLines(r.warnings), words...) {
			t.Errorf("%s:\n%v %v\nwant one warning with %q", options, r.faults, r.warnings, words)
		}
	}
	for _, options := range []string{
		`{"server":"btp+ws://:t@localhost"}`, `{"server":"btp+ws://:t@LocalHost.:80"}`, `{"server":"btp+ws://:t@127.0.0.1"}`, `{"server":"btp+ws://:t@[::1]:80"}`,
		`{"server":"btp+wss://h","btpToken":"t"}`, `{"listener":{"secret":"s","wsOpts":{"port":1,"noServer":false}}}`,
		`{"listener":{"secret":"` + strings.Repeat("x", secretMax) + `","port":1,"host":"fe80::1%eth0","path":"/a b/%"}}`,
		`{"server":"btp+ws://:t@10.1.2.3"}`, `{"server":"btp+ws://:t@connector-b:7768"}`,
	} {
		if _, r := btp(t, options); len(r.warnings) > 0 {
			t.Errorf("%s: %v", options, r.warnings)
		}
	}
}

// An @ in the path is allowed, as long as the credentials are elsewhere.
func TestAtSignInThePathIsNoToken(t *testing.T) {
	for options, url := range map[string]string{
		`{"server":"btp+wss://:t@h/p@q"}`:                 "wss://h/p@q",
		`{"server":"btp+wss://h/p@q","btpToken":"t"}`:     "wss://h/p@q",
		`{"server":"btp+wss://h:9/p?q=@","btpToken":"t"}`: "wss://h:9/p?q=@",
	} {
		if out, r := btp(t, options); len(r.faults) > 0 || out.Server.URL != url {
			t.Errorf("%s: %v %v", options, out.Server, r.faults)
		}
	}
}

func TestTokenThatMayBeCutIsWarnedOf(t *testing.T) {
	for uri, want := range map[string]bool{
		"btp+ws://alice:a@127.0.0.1:1/planted@h": true, "btp+wss://:t@h/p@q": true,
		"btp+wss://:t@h/p": false, "btp+wss://:t%40@h/p": false,
	} {
		_, r := btp(t, `{"server":"`+uri+`"}`)
		warned := false
		for _, w := range r.warnings {
			warned = warned || strings.Contains(w.String(), "has an @ behind its host")
			if strings.Contains(w.String(), "planted") {
				t.Errorf("%s: %s", uri, w)
			}
		}
		if warned != want {
			t.Errorf("%s: warned %t", uri, warned)
		}
	}
}

// The faults of a URI are printed, and a token is secret.
func TestFaultsOfAServerDoNotTellItsToken(t *testing.T) {
	for _, uri := range []string{
		"btp+ws://:planted/planted@h", "btp+ws://planted:1/planted@h", "btp+ws://:planted?planted@h", "btp+ws://:planted#planted@h",
		"btp+ws://:planted planted", "btp+ws://:planted@h:x", "btp+ws://planted:planted", "http://:planted@h",
	} {
		_, r := btp(t, `{"server":"`+uri+`"}`)
		if len(r.faults) == 0 {
			t.Errorf("%s is accepted", uri)
		}
		for _, line := range faultLines(r.faults) {
			if strings.Contains(line, "planted") {
				t.Errorf("%s: %s", uri, line)
			}
		}
	}
}

func TestAccountBTPReturnsFaultsWithItsPath(t *testing.T) {
	_, err := Account{ID: "bob", Options: map[string]any{"listener": map[string]any{"port": json.Number("1")}}}.BTP()
	if err == nil || !hasLine([]string{err.Error()}, "accounts.bob.options.listener.secret") {
		t.Errorf("got %v", err)
	}
	options, err := Account{ID: "bob", Options: map[string]any{"listener": map[string]any{"port": 1, "secret": "s"}}}.BTP()
	if err != nil || options.Listener.Port != 1 {
		t.Errorf("options made in Go: %v %v", options, err)
	}
}
