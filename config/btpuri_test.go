package config

import (
	"testing"
)

// What is sent, and where to, was observed on new URL() of Node.js, which the
// reference uses.
func TestBTPURIIsReadAsTheReferenceReadsIt(t *testing.T) {
	for _, test := range []struct{ uri, url, account, token string }{
		{"btp+ws://h", "ws://h", "", ""},
		{"btp+ws://acc:sec@h:9/x/y?z=1#f", "ws://h:9/x/y?z=1", "acc", "sec"},
		{"btp+wss://:sec@h/", "wss://h/", "", "sec"},
		{"btp+wss://acc@h:443/p", "wss://h:443/p", "acc", ""},
		{"btp+ws://acc:@h", "ws://h", "acc", ""},
		{"btp+ws://:s%20e%41c@h", "ws://h", "", "s%20e%41c"},
		{"btp+ws://:s%zz@h", "ws://h", "", "s%zz"},
		{"btp+ws://acc:p:q@r@h:9/", "ws://h:9/", "acc", "p%3Aq%40r"},
		{"btp+ws://:a=b;c|d^e[f]{g}<h>\"i`j k@h", "ws://h", "", "a%3Db%3Bc%7Cd%5Ee%5Bf%5D%7Bg%7D%3Ch%3E%22i%60j%20k"},
		{"btp+ws://:!$&'()*+,-._~@h", "ws://h", "", "!$&'()*+,-._~"},
		{"btp+ws://:s\u00e9@h/", "ws://h/", "", "s%C3%A9"},
		{"btp+ws://:a\tb\n@h \n", "ws://h", "", "ab"},
		{`btp+ws://:x@h\foo`, "ws://h/foo", "", "x"},
		{"btp+WS://:x@[::1]:90/", "ws://[::1]:90/", "", "x"},
		{"btp+ws://:x@h/p@q:r", "ws://h/p@q:r", "", "x"},
		{"btp+ws://:x@h/%41", "ws://h/%41", "", "x"},
	} {
		server, _, problem := parseBTPURI(test.uri)
		if problem != "" {
			t.Errorf("%s: %s", test.uri, problem)
			continue
		}
		if server.URL != test.url || server.Account != test.account || server.Token != test.token {
			t.Errorf("%s:\ngot  %s %q %q\nwant %s %q %q", test.uri, server.URL, server.Account, server.Token, test.url, test.account, test.token)
		}
	}
}
