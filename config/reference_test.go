package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// secretFile writes a file that only its owner may read, and returns its name.
func secretFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// referring is a configuration with a reference in every place for one. FILE is the name of
// a file.
const referring = `
ilpAddress: test.me
accounts:
  bob: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, balance: {maximum: "1"}, options: {
    server: "btp+wss://h", btpToken: {env: BOB}, listener: {port: 9000, secret: {file: FILE}}}}
  carol: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, balance: {maximum: "1"}, options: {
    server: {env: CONNECTOR_CAROL}}}
routingSecret: {file: FILE}
adminApiToken: {credential: admin}
settlementApiToken: {env: SETTLEMENT}
`

// parseReferring reads it, with hunter2 in every secret.
func parseReferring(t *testing.T) (c *Config, file string) {
	t.Helper()
	file = secretFile(t, "admin", planted+"\n")
	c, warnings := mustParse(t, strings.ReplaceAll(referring, "FILE", file), "BOB="+planted, "SETTLEMENT="+planted,
		"CONNECTOR_CAROL=btp+wss://c:"+planted+"@h", "CREDENTIALS_DIRECTORY="+filepath.Dir(file))
	for _, w := range warnings {
		if w.Path != "routingSecret" { // it is short
			t.Errorf("warning: %v", w)
		}
	}
	return c, file
}

func TestSecretsAreReadWhereTheConfigurationRefers(t *testing.T) {
	c, _ := parseReferring(t)
	bob, err := c.Accounts[0].BTP()
	if err != nil {
		t.Fatal(err)
	}
	carol, err := c.Accounts[1].BTP()
	if err != nil {
		t.Fatal(err)
	}
	for place, got := range map[string]string{
		"routingSecret": c.RoutingSecret, "adminApiToken": c.AdminAPIToken, "settlementApiToken": c.SettlementAPIToken,
		"btpToken": bob.Server.Token, "listener.secret": bob.Listener.Secret, "server": carol.Server.Token,
	} {
		if got != planted {
			t.Errorf("%s is %q", place, got)
		}
	}
}

func TestReferencesInAccountsOfAVariable(t *testing.T) {
	file := secretFile(t, "secret", "hunter2")
	c, _ := mustParse(t, "ilpAddress: test.me", fmt.Sprintf(`CONNECTOR_ACCOUNTS={"bob":{"relation":"peer","plugin":"ilp-plugin-btp",
		"assetCode":"USD","assetScale":9,"balance":{"maximum":"1"},"options":{"listener":{"port":1,"secret":{"file":%q}}}}}`, file))
	if options, err := c.Accounts[0].BTP(); err != nil || options.Listener.Secret != planted {
		t.Errorf("got %v, %v", options.Listener, err)
	}
}

// One line break at the end is the editor's. Every other byte counts.
func TestOneLineBreakAtTheEndIsCut(t *testing.T) {
	for text, want := range map[string]string{"a": "a", "a\n": "a", "a\r\n": "a", "a b\n": "a b", "é": "é", "\\n": "\\n"} {
		c, _ := mustParse(t, one+"adminApiToken: {file: "+secretFile(t, "token", text)+"}")
		if c.AdminAPIToken != want {
			t.Errorf("%q gives %q, want %q", text, c.AdminAPIToken, want)
		}
	}
}

func TestReferencesThatCannotBeUsedAreFaults(t *testing.T) {
	empty, large := secretFile(t, "empty", "\n"), secretFile(t, "large", strings.Repeat(planted, 16<<10/len(planted)+1))
	dir := filepath.Dir(empty)
	for reference, want := range map[string][]string{
		`{}`:                     {"is an object, not a string", `{"file": "/path"}`},
		`{token: hunter2}`:       {"is an object, not a string", `{"file": "/path"}`},
		`{fiel: hunter2}`:        {"is an object, not a string", "did you mean file?"},
		`{file: /a, env: A}`:     {"has file and env", "keep one of them"},
		`{file: /a, hunter2: 1}`: {"holds a key beside file", "remove it"},
		`{file: 5}`:              {"has under file a number, not a string"},
		`{file: }`:               {"has under file null, not a string"},
		`{env: [hunter2]}`:       {"has under env a list, not a string"},
		`{file: {env: hunter2}}`: {"has under file an object, not a string"},
		`{file: ""}`:             {"names no file", "credential"},
		`{file: hunter2}`:        {"names a file without its whole path", "credential"},
		`{file: ~/hunter2}`:      {"names a file without its whole path"},
		`{file: ` + dir + `}`:    {"comes from the file " + dir + ", which is a directory", "name another file"},
		`{file: ` + dir + `/x}`:  {"comes from the file " + dir + "/x, which cannot be read: no such file", "name another file"},
		`{file: ` + empty + `}`:  {empty + ", which is empty", "write the secret into it"},
		`{file: ` + large + `}`:  {large + ", which", "larger than 16384 bytes"},
		`{file: /dev/null}`:      {"/dev/null, which is not a regular file"},
		`{file: ` + secretFile(t, "two", "hunter2\n\n") + `}`:      {"two, which holds a line break or another control character", "in one line"},
		`{file: ` + secretFile(t, "tab", "hunter2\t") + `}`:        {"tab, which holds a line break or another control character"},
		`{file: ` + secretFile(t, "bytes", "hunter2\xff") + `}`:    {"bytes, which is not UTF-8 text"},
		`{file: ` + secretFile(t, "mark", "\ufeffhunter2\n") + `}`: {"mark, which begins with a byte order mark"},
		`{env: NOTHING}`:           {"comes from the variable NOTHING, which is not set", "set it"},
		`{env: EMPTY}`:             {"comes from the variable EMPTY, which is empty"},
		`{env: LONG}`:              {"comes from the variable LONG, which is larger than 16384 bytes"},
		`{env: TWO}`:               {"comes from the variable TWO, which holds a line break"},
		`{env: hunter2=x}`:         {"names a variable with a name that none can have"},
		`{credential: ""}`:         {"names a credential by a path, or not at all"},
		`{credential: ../hunter2}`: {"names a credential by a path, or not at all"},
		`{credential: nothing}`:    {"comes from the file " + dir + "/nothing, which cannot be read"},
	} {
		_, _, faults := parse(t, one+"adminApiToken: "+reference, "EMPTY=", "TWO=hunter2\nhunter2", "LONG="+strings.Repeat("x", 16<<10+1), "CREDENTIALS_DIRECTORY="+dir)
		if len(faults) != 1 || !hasLine(faultLines(faults), append(want, "adminApiToken: ")...) {
			t.Errorf("%s:\n%v\nwant %q", reference, faults, want)
		}
		if strings.Contains(faults.Error(), planted) {
			t.Errorf("%s shows the secret:\n%v", reference, faults)
		}
	}
}

func TestCredentialsNeedADirectory(t *testing.T) {
	for _, environ := range [][]string{nil, {"CREDENTIALS_DIRECTORY="}} {
		_, _, faults := parse(t, one+"adminApiToken: {credential: admin}", environ...)
		if len(faults) != 1 || !hasLine(faultLines(faults), "adminApiToken: ", "CREDENTIALS_DIRECTORY is not set", "systemd", "LoadCredential") {
			t.Errorf("got %v", faults)
		}
	}
}

// A fault of the reference is the only one: what is not read is neither missing nor short.
func TestFaultyReferenceIsOneFault(t *testing.T) {
	for place, document := range map[string]string{
		"accounts.bob.options.listener.secret": strings.Replace(one, "secret: token", "secret: {env: X}", 1),
		"accounts.bob.options.server":          strings.Replace(one, "listener: {port: 9000, secret: token}", "server: {env: X}", 1),
		"accounts.bob.options.btpToken":        strings.Replace(one, "listener: {port: 9000, secret: token}", `server: "btp+wss://h", btpToken: {env: X}`, 1),
		"routingSecret":                        one + "routingSecret: {env: X}",
		"settlementApiToken":                   one + engine("http://h", "9") + "settlementApiHost: 0.0.0.0\nsettlementApiToken: {env: X}",
	} {
		_, warnings, faults := parse(t, document)
		if len(faults) != 1 || faults[0].Path != place {
			t.Errorf("%s: %v", place, faults)
		}
		if len(warnings) > 0 && place != "settlementApiToken" {
			t.Errorf("%s: %v", place, warnings)
		}
	}
}

func TestReferenceToAVariableOfOursIsNoWarning(t *testing.T) {
	document := strings.Replace(one, "secret: token", "secret: {env: CONNECTOR_BOB}", 1)
	if _, warnings := mustParse(t, document, "CONNECTOR_BOB=x"); len(warnings) > 0 {
		t.Errorf("got %v", warnings)
	}
}

// The options of other plugins, backends, stores and middlewares are not ours to read.
func TestOnlySecretsAreReferences(t *testing.T) {
	file := secretFile(t, "secret", "hunter2")
	reference := fmt.Sprintf("{file: %s}", file)
	c, _ := mustParse(t, "ilpAddress: test.me\naccounts: {bob: {relation: peer, plugin: other-plugin, assetCode: USD, assetScale: 9, options: {log: "+reference+"}}}\n"+
		"backendConfig: {log: "+reference+"}\nmiddlewares: {m: {type: tap, options: {log: "+reference+"}}}")
	for name, options := range map[string]map[string]any{
		"plugin": c.Accounts[0].Options, "backend": c.BackendConfig, "middleware": c.Middlewares[0].Options,
	} {
		if got, _ := options["log"].(map[string]any); got["file"] != file {
			t.Errorf("%s got %v", name, options)
		}
	}
	for path, document := range map[string]string{
		"storePath":                          one + "storePath: " + reference,
		"accounts.bob.plugin":                strings.Replace(one, "ilp-plugin-btp", reference, 1),
		"accounts.bob.options.listener.path": strings.Replace(one, "secret: token", "secret: token, path: "+reference, 1),
	} {
		if _, _, faults := parse(t, document); len(faults) != 1 || !hasLine(faultLines(faults), path+": is an object, not a string") {
			t.Errorf("%s: %v", path, faults)
		}
	}
}

// The configuration shows where a secret is from, and not the secret.
func TestPrintedConfigShowsReferences(t *testing.T) {
	c, file := parseReferring(t)
	whole, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	redacted, err := json.Marshal(c.Redacted())
	if err != nil {
		t.Fatal(err)
	}
	account, err := json.Marshal(c.Accounts[0])
	if err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprintf("%s %s %s %v %+v %v %v %v %s %s", whole, redacted, account, c, *c, c.Accounts, c.Accounts[0], c.Redacted(),
		c.Accounts[0].Written(), c.Redacted().Accounts[0])
	if strings.Contains(shown, planted) {
		t.Errorf("shows the secret: %s", shown)
	}
	for _, want := range []string{
		fmt.Sprintf(`"routingSecret":{"file":%q}`, file), `"adminApiToken":{"credential":"admin"}`, `"settlementApiToken":{"env":"SETTLEMENT"}`,
		`"btpToken":{"env":"BOB"}`, fmt.Sprintf(`"secret":{"file":%q}`, file), `"server":{"env":"CONNECTOR_CAROL"}`,
	} {
		if !strings.Contains(string(whole), want) {
			t.Errorf("lacks %s: %s", want, whole)
		}
		if !strings.Contains(string(redacted), want) {
			t.Errorf("redacted text lacks %s: %s", want, redacted)
		}
	}
	if c.AdminAPIToken != planted || !strings.Contains(string(whole), `"port":9000`) || strings.Contains(string(redacted), "9000") {
		t.Errorf("Redacted changed the configuration, or shows other options: %s", redacted)
	}
	for path, want := range map[string]string{
		"routingSecret": "file " + file, "adminApiToken": "credential admin", "settlementApiToken": "variable SETTLEMENT",
		"accounts.bob.options.btpToken": "variable BOB", "accounts.bob.options.listener.secret": "file " + file, "accounts": "file", "spread": "default",
	} {
		if got := c.Origin(path); got != want {
			t.Errorf("origin of %s is %q, want %q", path, got, want)
		}
	}
}

// A place for references that is new must not be forgotten where the configuration is shown.
func TestEveryReferenceIsShownInsteadOfItsSecret(t *testing.T) {
	var documents []string
	for _, s := range settings().properties {
		if s.reference {
			documents = append(documents, one+s.name+": {env: X}")
		}
	}
	for variable, all := range map[string]map[string][][]string{"X": secretOptions, "PEM": pemOptions} {
		for plugin, options := range all {
			for _, location := range options {
				option := strings.Join(location, ": {") + ": {env: " + variable + "}" + strings.Repeat("}", len(location)-1)
				documents = append(documents, "ilpAddress: test.me\naccounts: {bob: {relation: peer, plugin: "+plugin+", assetCode: USD, assetScale: 9, options: {"+option+"}}}")
			}
		}
	}
	for _, document := range documents {
		// Without names of plugins, and with faults of the options, it is read all the same.
		r, schema := newReport(nil), settings()
		value, _ := parseYAML([]byte(document))
		resolve(value.(*object), schema, builtin, newSource([]string{"X=" + planted, "PEM=-----BEGIN " + planted}), r)
		schema.fill(value.(*object))
		c := decode(value.(*object))
		c.keep(r.resolved)
		for _, c := range []*Config{c, c.Redacted()} {
			if text, err := json.Marshal(c); err != nil || !strings.Contains(string(text), `{"env":"`) || strings.Contains(string(text), planted) {
				t.Errorf("%s: %s, %v", document, text, err)
			}
		}
	}
}

// What a configuration shows, a start may read again.
func TestWrittenReferencesAreReadAgain(t *testing.T) {
	c, file := parseReferring(t)
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := mustParse(t, string(text), "BOB="+planted, "SETTLEMENT="+planted, "CONNECTOR_CAROL=btp+wss://c:"+planted+"@h", "CREDENTIALS_DIRECTORY="+filepath.Dir(file))
	if changes := Diff(c, again); len(changes) > 0 {
		t.Errorf("it differs: %v", changes)
	}
}

// A program may replace a secret. The reference is then not where it is from.
func TestReplacedSecretHasNoReference(t *testing.T) {
	c, _ := parseReferring(t)
	next := *c
	next.AdminAPIToken = "another"
	if got := next.Origin("adminApiToken"); got != "file" {
		t.Errorf("origin is %s", got)
	}
	for _, c := range []*Config{&next, next.Redacted()} {
		if text, err := json.Marshal(c); err != nil || strings.Contains(string(text), "credential") {
			t.Errorf("got %s, %v", text, err)
		}
	}
}

func TestValidatedConfigKeepsItsReferences(t *testing.T) {
	c, _ := parseReferring(t)
	again, _, err := c.Validate(builtin)
	if err != nil {
		t.Fatal(err)
	}
	if again.AdminAPIToken != planted || again.String() != c.String() || Diff(c, again) != nil {
		t.Errorf("got  %v\nwant %v", again, c)
	}
}

func TestDiffSeesASecretThatChangedBehindItsReference(t *testing.T) {
	file := secretFile(t, "secret", "old\n")
	document := strings.Replace(one, "secret: token", "secret: {file: "+file+"}", 1) + "adminApiToken: {file: " + file + "}"
	old, _ := mustParse(t, document)
	if same, _ := mustParse(t, document); Diff(old, same) != nil {
		t.Errorf("nothing changed, but %v", Diff(old, same))
	}
	if err := os.WriteFile(file, []byte("new\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	next, _ := mustParse(t, document)
	if got := fmt.Sprint(Diff(old, next)); got != "[accounts.bob.options changed adminApiToken changed]" {
		t.Errorf("got %s", got)
	}
}

// A client of the admin API could otherwise have us read files of the machine.
func TestReferencesOfAddedAccountsAreRefused(t *testing.T) {
	file := secretFile(t, "secret", "hunter2")
	for _, options := range []string{
		`{"server":"btp+wss://h","btpToken":%s}`, `{"server":%s}`, `{"listener":{"port":1,"secret":%s}}`,
	} {
		for _, reference := range []string{fmt.Sprintf(`{"file":%q}`, file), `{"file":"/x","y":1}`, `{"env":"HOME"}`, `{"credential":"admin"}`} {
			text := fmt.Sprintf(`{"relation":"peer","plugin":"ilp-plugin-btp","assetCode":"USD","assetScale":9,"options":`+options+`}`, reference)
			a, _, err := ParseAccount("bob", []byte(text), Known{})
			if err == nil || !strings.Contains(err.Error(), "refers to a secret on this machine") || !strings.Contains(err.Error(), "write the secret itself, or add the account to the configuration file") {
				t.Errorf("%s: %v, %v", text, a, err)
			}
			c, _ := mustParse(t, one)
			next := *c
			var made Account
			if err := json.Unmarshal([]byte(text), &made); err != nil {
				t.Fatal(err)
			}
			made.ID = "carol"
			next.Accounts = append(next.Accounts, made)
			if _, _, err := next.Validate(builtin); err == nil || !strings.Contains(err.Error(), "refers to a secret on this machine") {
				t.Errorf("%s of a program: %v", text, err)
			}
		}
	}
}
