package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// FuzzHTTP checks that no options make the reader of ilp-plugin-http or ilp-http panic, that no message
// and nothing that is shown has one of their secrets, and that what is accepted can be written, read
// again and rotated.
func FuzzHTTP(f *testing.F) {
	for _, options := range []string{
		`{` + npmIn + `,` + npmOut + `}`, `{` + ourIn + `,` + ourOut + `,"async":{"callbackUrl":"https://h","callbackHosts":["h"]}}`,
		`{"multi":true,"incoming":{"port":1,"secret":"x"},"outgoing":{"url":"http://%","secretToken":"x","jwtExpiry":5},"ildcp":{"clientAddress":"g.a","assetCode":"X","assetScale":1}}`,
		`{"incoming":{"port":1,"staticToken":"x","oldToken":{"token":"y","until":"2026-01-01T00:00:00Z"},"tls":{"cert":"c","key":"k"}},"outgoing":{"url":"https://h","staticToken":"x"}}`,
		`{"incoming":{"tokens":["x","y",{"file":"/a"}],"jwt":[{"secret":"x","algorithms":["HS256"]},{"publicKey":"k"}],"clientCertificate":{"ca":"c"}},"outgoing":{"url":"https://h","jwt":{"secret":"x"}}}`,
		`{"incoming":{"jwt":{"secret":"x"}}}`, `{"incoming":[],"outgoing":5}`, `{"incoming":{"tokens":[[{}]]}}`, `{"outgoing":{"url":"https://h","tls":{"cert":"c","key":"k"}}}`, `null`,
	} {
		f.Add(options)
	}
	f.Fuzz(func(t *testing.T, options string) {
		value, faults := parseJSON("", []byte(options))
		written, ok := value.(*object)
		if !ok || len(faults) > 0 || strings.Contains(options, planted) || strings.Contains(options, "\\u") {
			return
		}
		for _, plugin := range []string{pluginHTTP, pluginOurHTTP} {
			options := copied(written)
			for _, pattern := range secretOptions[plugin] {
				for i, location := range places(options, pattern) {
					if _, isText := valueAt(options, location).(string); isText {
						put(valueAt(options, location[:len(location)-1]), location[len(location)-1], fmt.Sprintf("%s-%s-%d", planted, planted, i))
					}
				}
			}
			fuzzHTTP(t, plugin, encoded(options))
		}
	})
}

func fuzzHTTP(t *testing.T, plugin string, options []byte) {
	t.Helper()
	text := `{"ilpAddress":"test.me","listen":{"port":1,"tls":{"cert":"c","key":"k"},"publicUrl":"https://h"},"accounts":{"bob":{"relation":"child","plugin":"` + plugin +
		`","assetCode":"USD","assetScale":9,"options":` + string(options) + `}}}`
	c, warnings, err := Parse("c.json", []byte(text), nil, builtin)
	shown := fmt.Sprintf("%v %v", err, warnings)
	if err == nil {
		a := c.Accounts[0]
		o, failed := a.HTTP()
		if failed != nil {
			t.Fatalf("accepted, and then not: %v\n%s", failed, options)
		}
		shown += fmt.Sprintf("%v %v %v", c, asText(c.Shown()), o)
		again, _, err := c.Validate(builtin)
		if err != nil || !reflect.DeepEqual(c, again) || len(Diff(c, again)) > 0 {
			t.Fatalf("written and read again: %v\n%s", err, options)
		}
		if !a.SecretsAlone(a, noon) {
			t.Fatalf("it differs from itself: %s", options)
		}
		for _, side := range Sides() {
			next, _, _, err := c.Rotate(a, Rotation{Side: side, Secret: "a-token-that-is-new", Until: noon, Now: noon}, builtin)
			if err == nil && (next.Hash() == a.Hash() || !next.SecretsAlone(a, noon)) {
				t.Fatalf("%s is rotated to the same or to another link: %s", side, options)
			}
			shown += fmt.Sprint(err)
		}
		if same, _, err := c.Replace(encoded(c.Shown()), builtin); err != nil || len(Diff(c, same)) > 0 {
			t.Fatalf("what is shown does not come back: %v %v\n%s", err, Diff(c, same), options)
		}
		sends := o.Outgoing != nil && (o.Outgoing.Token != "" || o.Outgoing.JWT != nil)
		next, _, err := c.Patch(a, json.RawMessage(`{"options":{"outgoing":{"url":"https://eve.example"}}}`), false, builtin)
		if sends && err == nil && string(next.Text()) != string(a.Text()) {
			t.Fatalf("another server gets the secret: %s", options)
		}
	}
	if strings.Contains(shown, planted) {
		t.Fatalf("%s: a secret is shown: %s", options, shown)
	}
}
