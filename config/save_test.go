package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// savable reads a configuration of a file.
func savable(t *testing.T, name, text string, environ ...string) *Config {
	t.Helper()
	if text == "" {
		c, _, err := Load("", environ, Known{})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _, err := Load(file, environ, Known{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// changed returns c as it may run: alice has a limit, bob is gone, and carol has come.
func changed(t *testing.T, c *Config) *Config {
	t.Helper()
	next := *c
	next.Accounts = nil
	for _, a := range c.Accounts {
		if a.ID == "alice" {
			patched, _, err := c.Patch(a, []byte(`{"balance":{"maximum":"007"},"maxPacketAmount":"5"}`), false, Known{})
			if err == nil {
				t.Fatal("a maximum of 007 is let in")
			}
			if patched, _, err = c.Patch(a, []byte(`{"balance":{"maximum":"8"},"maxPacketAmount":"5"}`), false, Known{}); err != nil {
				t.Fatal(err)
			}
			next.Accounts = append(next.Accounts, patched)
		}
	}
	for _, id := range []string{"zed", "carol"} {
		a, _, err := ParseAccount(id, []byte(`{"relation":"child","plugin":"x","assetCode":"USD","assetScale":2,"options":{"pin":"0123"}}`), Known{})
		if err != nil {
			t.Fatal(err)
		}
		next.Accounts = append(next.Accounts, a)
	}
	for name, value := range map[string]string{"maxHoldTime": "20000", "routes": `[{"targetPrefix":"test.far","peerId":"carol"}]`} {
		with, err := next.With(name, json.RawMessage(value))
		if err != nil {
			t.Fatal(err)
		}
		next = *with
	}
	return &next
}

const (
	savableYAML = `# our connector
ilpAddress: test.us # of the town
backend: one-to-one
maxHoldTime: 30000 # half a minute
adminApiToken: {env: TOKEN}
accounts:
  # the first customer
  alice:
    relation: child # since 2020
    plugin: x
    assetCode: USD
    assetScale: 2
    balance:
      maximum: "1000" # was more
    options: {password: s3cret}
  bob: {relation: child, plugin: x, assetCode: USD, assetScale: 2}
`
	savableJSON = `{"ilpAddress":"test.us","backend":"one-to-one","adminApiToken":{"env":"TOKEN"},"accounts":{
		"alice":{"relation":"child","plugin":"x","assetCode":"USD","assetScale":2,"options":{"password":"s3cret"}},
		"bob":{"relation":"child","plugin":"x","assetCode":"USD","assetScale":2}}}`
	savableAnchors = `ilpAddress: test.us
backend: one-to-one
accounts:
  alice: &entry {relation: child, plugin: x, assetCode: USD, assetScale: 2, balance: {maximum: "1000"}} # first
  bob: *entry
  dora: *entry
`
)

// What Save writes declares what runs, whatever the configuration came from.
func TestSavedFileDeclaresWhatRuns(t *testing.T) {
	environ := []string{"TOKEN=abcdef", "CONNECTOR_ADMIN_API_TOKEN=topsecret", "CONNECTOR_ILP_ADDRESS=test.us", "CONNECTOR_BACKEND=one-to-one",
		`CONNECTOR_ACCOUNTS={"alice":{"relation":"child","plugin":"x","assetCode":"USD","assetScale":2},"bob":{"relation":"child","plugin":"x","assetCode":"USD","assetScale":2}}`}
	for name, tt := range map[string]struct {
		file, text string
		environ    []string
		variables  string
		bare       bool
	}{
		"YAML":                {"a.yaml", savableYAML, environ[:1], "", false},
		"JSON":                {"a.json", savableJSON, environ[:1], "", false},
		"anchors":             {"a.yml", savableAnchors, nil, "", true},
		"variables":           {"", "", environ[1:], "CONNECTOR_ACCOUNTS CONNECTOR_BACKEND CONNECTOR_ILP_ADDRESS", false},
		"accounts elsewhere":  {"a.yaml", "maxHoldTime: 1234 # ours\n", environ[2:], "CONNECTOR_ACCOUNTS", false},
		"accounts overridden": {"a.yaml", savableYAML, []string{environ[0], environ[4]}, "CONNECTOR_ACCOUNTS", false},
	} {
		c := savable(t, tt.file, tt.text, tt.environ...)
		running := changed(t, c)
		if name == "anchors" {
			dora, _ := c.Accounts.Find("dora")
			running.Accounts = slices.Insert(running.Accounts, 1, dora)
		}
		var text []byte
		if tt.text != "" {
			text = []byte(tt.text)
		}
		s, err := c.Save(text, running, Known{})
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, s.Text)
			continue
		}
		if got := strings.Join(s.Variables, " "); got != tt.variables || s.Bare != tt.bare {
			t.Errorf("%s: the variables are %q, and comments are lost: %t", name, got, s.Bare)
		}
		if !slices.Equal(s.Declares, []string{"routes", "maxHoldTime", "accounts.bob", "accounts.alice", "accounts.zed", "accounts.carol"}) &&
			!slices.Equal(s.Declares, []string{"routes", "maxHoldTime", "accounts.bob", "accounts.alice", "accounts.zed", "accounts.carol"}) {
			t.Errorf("%s: it declares %q", name, s.Declares)
		}
		for i, unset := range [][]string{strings.Fields(tt.variables), nil} { // with the variables gone, and there
			left := slices.DeleteFunc(slices.Clone(tt.environ), func(e string) bool {
				return slices.Contains(unset, strings.SplitN(e, "=", 2)[0])
			})
			read, _, err := Parse(tt.file, s.Text, left, Known{})
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, s.Text)
			}
			if changes := Diff(running, read); i == 0 && len(changes) > 0 {
				t.Errorf("%s: %v\n%s", name, changes, s.Text)
			}
		}
		if strings.Contains(string(s.Text), "abcdef") || strings.Contains(string(s.Text), "topsecret") {
			t.Errorf("%s: a secret that was elsewhere is in the file:\n%s", name, s.Text)
		}
		again, err := savable(t, "b.yaml", string(s.Text), tt.environ...).Save(s.Text, savable(t, "b.yaml", string(s.Text), tt.environ...), Known{})
		if err != nil || string(again.Text) != string(s.Text) || len(again.Declares) != 0 {
			t.Errorf("%s: saved again it is\n%s%v", name, again.Text, err)
		}
	}
}

func TestSavedYAMLKeepsComments(t *testing.T) {
	c := savable(t, "a.yaml", savableYAML, "TOKEN=abcdef")
	s, err := c.Save([]byte(savableYAML), changed(t, c), Known{})
	if err != nil {
		t.Fatal(err)
	}
	const want = `# our connector
ilpAddress: test.us # of the town
backend: one-to-one
maxHoldTime: 20000 # half a minute
adminApiToken: {env: TOKEN}
accounts:
  # the first customer
  alice:
    relation: child # since 2020
    plugin: x
    assetCode: USD
    assetScale: 2
    balance:
      maximum: "8" # was more
    options: {password: s3cret}
    maxPacketAmount: "5"
  zed:
    relation: child
    plugin: x
    assetCode: USD
    assetScale: 2
    options:
      pin: "0123"
  carol:
    relation: child
    plugin: x
    assetCode: USD
    assetScale: 2
    options:
      pin: "0123"
routes:
  - targetPrefix: test.far
    peerId: carol
`
	if string(s.Text) != want {
		t.Errorf("it is\n%s", s.Text)
	}
}

func TestShownHasNoSecret(t *testing.T) {
	c := savable(t, "a.yaml", `
ilpAddress: test.us
adminApiToken: s3cret
routingSecret: s3cret
backendConfig: {spread: 0.1, key: s3cret}
store: other
storeConfig: {path: /store, password: s3cret}
middlewares: {m: {type: t, options: {x: s3cret}}}
accounts:
  a: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, options: {server: "btp+ws://:s3cret@host", reconnectInterval: 5}}
  b: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, options: {server: "btp+ws://host:1", btpToken: {env: TOKEN}, listener: {port: 7768, secret: s3cret, wsOpts: {path: /b, x: s3cret}}}}
  c: {relation: child, plugin: ilp-plugin-mini-accounts, assetCode: USD, assetScale: 2, options: {port: 7769, odd: {port: s3cret}}}
  d: {relation: peer, plugin: other, assetCode: USD, assetScale: 2, options: {port: s3cret}}
  e: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, options: {server: "btp+wss://host:2", btpToken: s3cret,
    tls: {ca: "Bag Attributes\n-----BEGIN CERTIFICATE-----\ns3cret\n", cert: {env: PEM}, key: {env: PEM}},
    listener: {port: 7770, secret: s3cret, tls: {cert: cert.pem, key: "-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----\n"}}}}
  f: {relation: child, plugin: ilp-plugin-mini-accounts, assetCode: USD, assetScale: 2, options: {port: 7771, tls: {cert: "-----BEGIN s3cret", key: {env: PEM}}}}
`, "TOKEN=s3cret", "PEM=-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----\n")
	shown := string(encoded(c.Shown()))
	for _, v := range c.Values() {
		shown += string(v.Shown)
	}
	if strings.Contains(shown, "s3cret") {
		t.Errorf("it is %s", shown)
	}
	for _, part := range []string{`"btpToken":{"env":"TOKEN"}`, `"port":7768`, `"path":"/b"`, `"server":"btp+ws://host:1"`, `"server":"[redacted]"`, `"reconnectInterval":5`,
		`"port":7769`, `"cert":"cert.pem"`, `"ca":"[redacted]"`, `"cert":{"env":"PEM"},"key":{"env":"PEM"}`, `"tls":{"cert":"[redacted]","key":{"env":"PEM"}}`, `"path":"/store"`, `"spread":0.1`, `"port":"[redacted]"`} {
		if !strings.Contains(shown, part) {
			t.Errorf("it lacks %s: %s", part, shown)
		}
	}
}

func TestDifferencesNameWhereAndWhat(t *testing.T) {
	c := savable(t, "a.yaml", savableYAML, "TOKEN=abcdef")
	var lines []string
	for _, d := range Differences(c, changed(t, c), c) {
		line := d.Path
		for i, v := range d.Values {
			line += " | " + string(v)
			if d.Same[i] != i {
				line += "="
			}
		}
		lines = append(lines, line)
	}
	const alice = `accounts.alice.`
	want := []string{
		alice + `balance.maximum | "1000" | "8" | "1000"=`,
		`accounts.bob | {"relation":"child","plugin":"x","assetCode":"USD","assetScale":2} |  | {"relation":"child","plugin":"x","assetCode":"USD","assetScale":2}=`,
		`routes | [] | [{"targetPrefix":"test.far","peerId":"carol"}] | []=`,
		`maxHoldTime | 30000 | 20000 | 30000=`,
		alice + `maxPacketAmount |  | "5" | =`,
	}
	for _, id := range []string{"zed", "carol"} {
		want = append(want, `accounts.`+id+` |  | {"relation":"child","plugin":"x","assetCode":"USD","assetScale":2,"options":{"pin":"[redacted]"}} | =`)
	}
	slices.Sort(lines)
	slices.Sort(want)
	if !slices.Equal(lines, want) {
		t.Errorf("it is\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}
