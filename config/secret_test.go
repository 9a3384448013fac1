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
