package config

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// planted stands where secrets stand; it must come out nowhere.
const planted = "hunter2"

// Each document has a secret and something wrong, often with the secret
// itself.
func TestNoMessageShowsASecret(t *testing.T) {
	const account = `{"relation":"peer","plugin":"ilp-plugin-btp","assetCode":"USD","assetScale":2,"options":`
	options := []string{
		`"hunter2"`, `["hunter2"]`, `{"server":"hunter2"}`, `{"server":"btp+ws://:hunter2@"}`, `{"server":"btp+ws://:hunter2@h:hunter2"}`,
		`{"server":"btp+wss://:hunter2@h","btpToken":"hunter2"}`, `{"server":"btp+ws://:hunter2@ilsp.example.com","btpTokn":"hunter2"}`,
		`{"server":"http://x:hunter2@h"}`, `{"server":{"hunter2":1}}`, `{"server":"btp+ws://:hunter2=@h%zz"}`,
		`{"listener":{"secret":"hunter2"}}`, `{"listener":{"secret":["hunter2"],"port":"hunter2"}}`, `{"listener":"hunter2"}`,
		`{"listener":{"secret":"hunter2","port":7780,"path":"hunter2"}}`, `{"responseTimeout":"hunter2","reconnectIntervals":["hunter2"]}`,
		`{"tls":{"cert":"hunter2","rejectUnauthorized":"hunter2"}}`,
	}
	var documents []string
	for _, plugin := range []string{pluginHTTP, pluginOurHTTP} {
		for _, o := range []string{
			`{"incoming":"hunter2","outgoing":["hunter2"]}`, `{"incoming":{"port":"hunter2","staticToken":["hunter2"],"host":"hunter2:1"}}`,
			`{"incoming":{"tokens":"hunter2","jwt":"hunter2"},"outgoing":{"url":"hunter2","token":{"x":"hunter2"}}}`,
			`{"incoming":{"tokens":["hunter2","hunter2\u0000",["hunter2"]]},"outgoing":{"url":"https://a:hunter2@h","token":"hunter2\u0000"}}`,
			`{"incoming":{"jwt":[{"secret":"hunter2","publicKey":"hunter2"},{"secret":["hunter2"]}]},"outgoing":{"url":"https://h/?hunter2#","jwt":{"secret":"-----BEGIN hunter2"}}}`,
			`{"incoming":{"oldToken":{"token":"hunter2","until":"hunter2"},"secretTokn":"hunter2"},"outgoing":{"url":"http://h/hunter2%zz","oldToken":"hunter2"}}`,
			`{"incoming":{"port":1,"jwtSecret":"hunter2","secret":"hunter2x"},"outgoing":{"url":"http://h:hunter2","secretToken":"hunter2","staticToken":"hunter2y","jwtExpiry":"hunter2"}}`,
			`{"multi":true,"multiDelimiter":"%","ildcp":{"clientAddress":"x://:hunter2@h"},"incoming":{"port":1,"staticToken":"hunter2"},"outgoing":{"url":"http://a:hunter2@%/","staticToken":"hunter2"}}`,
			`{"incoming":{"clientCertificate":{"ca":["hunter2"]}},"outgoing":{"url":"https://h","tls":{"cert":"hunter2"}},"async":{"callbackUrl":"https://:hunter2@h","callbackHosts":["https://:hunter2@h"]}}`,
		} {
			documents = append(documents, `{"listen":{"port":1,"tls":{"cert":["hunter2"],"key":{"hunter2":1}},"publicUrl":"https://:hunter2@h"},"accounts":{"bob":`+strings.Replace(account, pluginBTP, plugin, 1)+o+`}}}`)
		}
	}
	for _, o := range options {
		documents = append(documents, `{"accounts":{"bob":`+account+o+`}}}`)
	}
	documents = append(documents,
		`{"routingSecret":["hunter2"],"adminApiToken":{"a":"hunter2"},"settlementApiToken":["hunter2"],"storeConfig":"hunter2","backendConfig":["hunter2"]}`,
		`{"routingSecret":"hunter2","adminApiToken":"hunter2","adminApi":true,"adminApiHost":"0.0.0.0"}`,
		`{"backendConfig":{"spread":"hunter2"},"middlewares":{"m":{"options":"hunter2"}}}`,
		`{"accounts":"btp+ws://:hunter2@h","backend":"btp+ws://:hunter2@h","store":"x:hunter2@h","defaultRoute":"btp+ws://:hunter2@h"}`,
		`{"accounts":{"bob":{"plugin":"btp+ws://:hunter2@h","relation":"btp+ws://:hunter2@h","listener":{"secret":"hunter2"},"token":"hunter2"}}}`,
		`{"store":"bolt","storeConfig":{"durability":"hunter2"}}`, `{"storePath":"hunter2","storeConfig":{"durability":["hunter2"],"password":"hunter2"}}`,
		`{"storeConfig":{"path":["hunter2"]}}`, `{"store":"memory","storeConfig":{"path":"hunter2"}}`, `{"storeConfig":{"pass":"hunter2"}}`,
		engineOf(`{"url":"http://me:hunter2@h","scale":9}`), engineOf(`{"url":"http://hunter2@h"}`), engineOf(`{"url":"me:hunter2@h","scale":"hunter2"}`),
		engineOf(`{"url":"http://me:hunter2@h:bad","http://me:hunter2@h":1}`), engineOf(`{"url":"http://h?hunter2"}`), engineOf(`"http://:hunter2@h"`),
		engineOf(`{"url":["http://:hunter2@h"]}`), engineOf(`{"url":"http://h/hunter2%zz"}`), engineOf(`{"url":"hunter2://h"}`),
		`{"adminApiToken":"hunter2"`, `{"adminApiToken":hunter2}`, `{"adminApiToken":"hunter2\x"}`,
		"routingSecret: *hunter2", "routingSecret: !hunter2 x", "routingSecret: !!int hunter2", "routingSecret: &hunter2", "routingSecret: 'hunter2",
		"routingSecret: %hunter2", "routingSecret: @hunter2", "routingSecret: [hunter2", "adminApiToken: a: hunter2", "adminApiToken: !!binary hunter2",
	)
	variables := []string{
		"CONNECTOR_ROUTING_SECRET=hunter2", "CONNECTOR_ADMIN_API_TOKEN=hunter2", "CONNECTOR_TOKEN=hunter2",
		`CONNECTOR_ACCOUNTS={"a":{"options":{"server":"btp+ws://:hunter2@h"`, `CONNECTOR_ACCOUNTS={"a":{"options":{"token":hunter2}}}`,
		"CONNECTOR_ACCOUNTS=btp+ws://:hunter2@h", "CONNECTOR_BACKEND_CONFIG=hunter2", `CONNECTOR_STORE_CONFIG=["hunter2"]`, "CONNECTOR_SPREAD=http://:hunter2@h",
	}
	for _, document := range documents {
		searchSecret(t, document, nil)
	}
	for _, value := range []string{"hunter2", "hunter2\n\n", "hunter2\xff", "\ufeffhunter2", "~/hunter2", "${hunter2}", "btp+ws://:hunter2@h:hunter2", strings.Repeat("hunter2", 4000)} {
		searchSecret(t, `{"listen":{"port":1,"tls":{"cert":{"env":"X"},"key":{"env":"X"}}},"accounts":{"bob":`+strings.Replace(account, pluginBTP, pluginOurHTTP, 1)+
			`{"incoming":{"tokens":[{"env":"X"}],"jwt":[{"secret":{"env":"X"}},{"publicKey":{"env":"X"}}]},"outgoing":{"url":"http://h","token":{"env":"X"}}}}}}`, []string{"X=" + value})
		for _, o := range []string{`{"server":{"env":"X"}}`, `{"server":"btp+ws://:t@ilsp.example.com","btpToken":{"env":"X"}}`, `{"listener":{"port":1,"secret":{"env":"X"}}}`} {
			searchSecret(t, `{"accounts":{"bob":`+account+o+`}}}`, []string{"X=" + value})
		}
		searchSecret(t, `{"routingSecret":{"env":"X"},"adminApiToken":{"env":"X"},"settlementApiToken":{"env":"X"}}`, []string{"X=" + value})
	}
	for _, variable := range variables {
		searchSecret(t, "{}", []string{variable})
	}
}

// engineOf returns a document with an account of that settlement engine.
func engineOf(engine string) string {
	return `{"accounts":{"bob":{"settlementEngine":` + engine + `}}}`
}

func searchSecret(t *testing.T, document string, environ []string) {
	t.Helper()
	c, warnings, err := Parse("", []byte(document), environ, builtin)
	if c == nil && err == nil {
		t.Fatalf("%s: neither configuration nor error", document)
	}
	shown := fmt.Sprintf("%v\n%#v\n%v\n%#v", err, err, warnings, warnings)
	if strings.Contains(shown, planted) {
		t.Errorf("%s %s shows the secret:\n%s", document, environ, shown)
	}
}

// No secret setting has a pattern today; this is for the day one gets one.
func TestRefusedValueOfASecretIsNotShown(t *testing.T) {
	for _, refusal := range []jsonschema.ErrorKind{&kind.Pattern{Got: planted}, &kind.Enum{Got: planted}} {
		if got := valueProblem(refusal, &setting{secret: true}, true); strings.Contains(got, planted) {
			t.Errorf("%T: %s", refusal, got)
		}
	}
}

// secretive is a valid configuration with a secret in every place for one.
const secretive = `
ilpAddress: test.me
accounts:
  bob: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, options: {server: "btp+ws://:hunter2@h", listener: {port: 1, secret: hunter2}, other: {deep: [hunter2]}}}
  npm: {relation: peer, plugin: ilp-plugin-http, assetCode: USD, assetScale: 9, options: {incoming: {port: 2, staticToken: hunter2, jwtSecret: hunter2, oldToken: {token: hunter2, until: "2026-01-01T00:00:00Z"}},
    outgoing: {url: "https://h/?token=hunter2", secretToken: hunter2, tls: {key: "-----BEGIN hunter2", cert: c}}}}
  our: {relation: peer, plugin: ilp-http, assetCode: USD, assetScale: 9, options: {incoming: {tokens: [hunter2], jwt: [{secret: hunter2, issuer: seen}, {publicKey: "-----BEGIN hunter2"}]},
    outgoing: {url: "https://h", jwt: {privateKey: "-----BEGIN hunter2", issuer: seen}}}}
listen: {port: 3, tls: {cert: "-----BEGIN hunter2", key: "-----BEGIN hunter2"}}
routingSecret: hunter2
adminApiToken: hunter2
settlementApiToken: hunter2
backendConfig: {apiKey: hunter2}
storeConfig: {password: hunter2}
middlewares: {m: {type: tap, options: {key: hunter2}}}
`

func TestPrintedConfigIsRedacted(t *testing.T) {
	c, _ := mustParse(t, secretive)
	options, err := c.Accounts[0].BTP()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(c.Redacted())
	if err != nil {
		t.Fatal(err)
	}
	shown := string(text) + fmt.Sprintf("%v %+v %s %v %+v %v %+v %v %v %v", c, c, c, *c, *c, c.Accounts, c.Accounts[0], c.Middlewares, options, c.Redacted())
	for _, a := range c.Accounts[1:] {
		o, err := a.HTTP()
		if err != nil {
			t.Fatal(err)
		}
		shown += fmt.Sprintf("%v %+v %v %v %v", o, *o.Incoming, *o.Outgoing, o.Incoming.JWT, o.Outgoing.JWT) + asText(a.Shown()) + asText(c.Shown())
	}
	if strings.Contains(shown, planted) {
		t.Errorf("shows the secret: %s", shown)
	}
	for _, want := range []string{`"routingSecret":"[redacted]"`, `"server":"[redacted]"`, `"ilpAddress":"test.me"`, `"apiKey":"[redacted]"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("redacted text lacks %s: %s", want, text)
		}
	}
	if c.RoutingSecret != planted || c.Accounts[0].Options["other"] == nil || c.Accounts[0].Options["server"] == redacted {
		t.Error("Redacted changed the configuration itself")
	}
}

func TestRedactedShowsThatASecretIsNotSet(t *testing.T) {
	c, _ := mustParse(t, one)
	if r := c.Redacted(); r.RoutingSecret != "" || r.AdminAPIToken != "" {
		t.Errorf("got %q %q", r.RoutingSecret, r.AdminAPIToken)
	}
}
