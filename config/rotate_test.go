package config

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

const rotating = `
ilpAddress: test.me
accounts:
  listens: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, options: {listener: {port: 1, secret: first}}}
  dials: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, options: {server: "btp+wss://h", btpAccount: us, btpToken: first}}
  uri: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, options: {server: "btp+wss://us:first@h/path"}}
  both: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, options: {server: "btp+wss://us:first@h", listener: {port: 2, secret: first}}}
  open: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, options: {listener: {port: 3, secret: ""}}}
  file: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, options: {listener: {port: 4, secret: {file: FILE}}}}
  mini: {relation: child, plugin: ilp-plugin-mini-accounts, assetCode: USD, assetScale: 9, options: {port: 5}}
  other: {relation: peer, plugin: other-plugin, assetCode: USD, assetScale: 9, options: {secret: first}}
`

// secretsOf returns the secrets of one side: the present one, the old one and its end.
func secretsOf(t *testing.T, a Account, side Side) string {
	t.Helper()
	o, err := a.BTP()
	if err != nil {
		t.Fatal(err)
	}
	now, old := "", OldSecret{}
	if side == ServerSide {
		now, old = o.Server.Token, o.Server.OldToken
	} else {
		now, old = o.Listener.Secret, o.Listener.OldSecret
	}
	if old == (OldSecret{}) {
		return now
	}
	return now + ", " + old.Secret + " until " + old.Until.Format(time.TimeOnly)
}

func TestRotations(t *testing.T) {
	c, _ := mustParse(t, strings.ReplaceAll(rotating, "FILE", secretFile(t, "secret", "first")))
	const hour = time.Hour
	for _, tt := range []struct {
		id      string
		side    Side
		secret  string
		overlap time.Duration
		want    string // or else a part of the error
	}{
		{"listens", "", "next", hour, "listener: next, first until 13:00:00"},
		{"listens", ListenerSide, "next", hour, "listener: next, first until 13:00:00"},
		{"listens", "", "next", 0, "listener: next"},
		{"listens", "", "first", hour, "listener: first"},
		{"listens", "", "", 0, "listener: first"},
		{"dials", "", "next", hour, "server: next, first until 13:00:00"},
		{"uri", "", "next", hour, "server: next, first until 13:00:00"},
		{"uri", "", "n@xt/?", 0, "server: n@xt/?"},
		{"uri", "", "", 0, "server: first"},
		{"both", ServerSide, "next", hour, "server: next, first until 13:00:00"},
		{"both", ListenerSide, "next", hour, "listener: next, first until 13:00:00"},
		{"both", "", "next", hour, "say which is meant"},
		{"dials", ListenerSide, "next", hour, "it has no listener"},
		{"listens", ServerSide, "next", hour, "it has no server"},
		{"listens", "bottom", "next", hour, "neither listener nor server"},
		{"open", "", "next", hour, "without an overlap"},
		{"open", "", "next", 0, "listener: next"},
		{"file", "", "next", hour, "its secret comes from the file "},
		{"mini", "", "next", hour, "children rotate"},
		{"other", "", "next", hour, "only accounts with ilp-plugin-btp"},
		{"listens", "", strings.Repeat("x", secretMax+1), hour, "longer than the first message"},
	} {
		a, _ := c.Accounts.Find(tt.id)
		next, done, _, err := c.Rotate(a, Rotation{Side: tt.side, Secret: tt.secret, Until: noon.Add(tt.overlap), Now: noon}, Known{})
		if err != nil {
			if !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "first,") {
				t.Errorf("%s %s: %v, want %q", tt.id, tt.side, err, tt.want)
			}
			continue
		}
		side := done.Side
		if done.OldUntil.IsZero() == strings.Contains(tt.want, "until") {
			t.Errorf("%s to %q: the old one is good until %v", tt.id, tt.secret, done.OldUntil)
		}
		if got := string(side) + ": " + secretsOf(t, next, side); got != tt.want {
			t.Errorf("%s to %q: %s, want %s", tt.id, tt.secret, got, tt.want)
		}
		if stay := tt.overlap > 0 || tt.secret == ""; next.SecretsAlone(a, noon) != stay {
			t.Errorf("%s to %q: the link stays: %v, want %v", tt.id, tt.secret, !stay, stay)
		}
		again, _, err := c.Kept(tt.id, next.Text(), Known{})
		if err != nil || again.Hash() != next.Hash() || secretsOf(t, again, side) != secretsOf(t, next, side) {
			t.Errorf("%s: after a restart %v, %v", tt.id, again, err)
		}
	}
	uri, _ := c.Accounts.Find("uri")
	next, _, _, err := c.Rotate(uri, Rotation{Secret: "next", Until: noon.Add(hour), Now: noon}, Known{})
	o, failed := next.BTP()
	if err != nil || failed != nil || o.Server.Account != "us" || o.Server.URL != "wss://h/path" {
		t.Errorf("%+v, %v, %v", o.Server, err, failed)
	}
	if text, _ := json.Marshal(next.redacted()); strings.Contains(string(text), "first") || strings.Contains(string(text), "next") {
		t.Errorf("it shows a secret: %s", text)
	}
}

// The peer may still use the first secret, so a third one does not end it unasked.
func TestRotationDuringAnOverlap(t *testing.T) {
	c, _ := mustParse(t, strings.ReplaceAll(rotating, "FILE", secretFile(t, "secret", "first")))
	for id, side := range map[string]Side{"listens": ListenerSide, "dials": ServerSide} {
		a, _ := c.Accounts.Find(id)
		second, _, _, err := c.Rotate(a, Rotation{Secret: "second", Until: noon.Add(time.Hour), Now: noon}, Known{})
		if err != nil {
			t.Fatal(err)
		}
		later := noon.Add(time.Minute)
		for _, tt := range []struct {
			secret string
			until  time.Time
			now    time.Time
			want   string
		}{
			{"third", later.Add(time.Hour), later, "is good until 2026-06-01T13:00:00Z"},
			{"second", later.Add(time.Hour), later, "second, first until 13:00:00"}, // asked twice
			{"first", later.Add(time.Hour), later, "first, second until 13:01:00"},  // back again
			{"third", later, later, "third"},
			{"", later, later, "second"},
			{"third", noon.Add(3 * time.Hour), noon.Add(2 * time.Hour), "third, second until 15:00:00"},
		} {
			next, _, _, err := c.Rotate(second, Rotation{Secret: tt.secret, Until: tt.until, Now: tt.now}, Known{})
			got := ""
			if err != nil {
				got = err.Error()
			} else {
				got = secretsOf(t, next, side)
			}
			if !strings.Contains(got, tt.want) || err == nil && got != tt.want {
				t.Errorf("%s to %q: %s, want %s", id, tt.secret, got, tt.want)
			}
		}
	}
}

func TestOldSecretsAreChecked(t *testing.T) {
	const listener, dial = `{"listener":{"port":1,"secret":"s","oldSecret":%}}`, `{"server":"btp+wss://h","btpToken":"s","oldToken":%}`
	for value, words := range map[string]string{
		`{"NAME":"t","until":"2026-06-01T12:00:00Z"}`:      "",
		`{"NAME":"t","until":"2026-06-01T12:00:00+02:00"}`: "",
		`{"NAME":"s","until":"2026-06-01T12:00:00Z"}`:      "is the present secret",
		`{"NAME":"t"}`:                                 "until: is not set",
		`{"until":"2026-06-01T12:00:00Z"}`:             "is not set",
		`{"NAME":"t","until":"tomorrow"}`:              "until: is no time",
		`{"NAME":"t","until":"2026-06-01"}`:            "until: is no time",
		`{"NAME":"t","until":5}`:                       "until: is a number",
		`{"NAME":"t","untill":"2026-06-01T12:00:00Z"}`: "untill",
		`"t"`: "is a string, not an object",
	} {
		for options, name := range map[string]string{listener: "secret", dial: "token"} {
			text := strings.Replace(options, "%", strings.ReplaceAll(value, "NAME", name), 1)
			_, r := btp(t, text)
			got := ""
			for _, f := range r.faults {
				got += f.Error() + "\n"
			}
			for _, w := range r.warnings {
				got += w.String() + "\n"
			}
			if (got == "") != (words == "") || !strings.Contains(got, words) {
				t.Errorf("%s: %s", text, got)
			}
		}
	}
}

// An old secret may be a reference as well, and PEM text may be in a variable.
func TestReferencesOfOldSecretsAndCertificates(t *testing.T) {
	file := secretFile(t, "old", "t\n")
	const pem = "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n"
	c, warnings := mustParse(t, strings.ReplaceAll(`
ilpAddress: test.me
accounts:
  bob: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, balance: {maximum: "1"}, options: {
    server: "btp+wss://h", btpToken: s, oldToken: {token: {env: OLD}, until: "2026-01-01T00:00:00Z"}, tls: {ca: {env: PEM}},
    listener: {port: 1, secret: s, oldSecret: {secret: {file: FILE}, until: "2026-01-01T00:00:00Z"}, tls: {cert: {file: /c.pem}, key: {credential: k.pem}}}}}
  mini: {relation: child, plugin: ilp-plugin-mini-accounts, assetCode: USD, assetScale: 9, balance: {maximum: "1"}, options: {port: 5, tls: {cert: {env: PEM}, key: {file: /k.pem}}}}
`, "FILE", file), "OLD=o", "PEM="+pem, "CREDENTIALS_DIRECTORY=/run/credentials")
	if len(warnings) > 0 {
		t.Error(warnings)
	}
	o, err := c.Accounts[0].BTP()
	if err != nil || o.Server.OldToken.Secret != "o" || o.Listener.OldSecret.Secret != "t" || o.Server.TLS.CA != pem ||
		*o.Listener.TLS != (Certificate{"/c.pem", "/run/credentials/k.pem"}) {
		t.Errorf("%+v %+v %v", o.Server, o.Listener, err)
	}
	m, err := c.Accounts[1].MiniAccounts()
	if err != nil || *m.TLS != (Certificate{pem, "/k.pem"}) || !IsPEM(m.TLS.Cert) || IsPEM(m.TLS.Key) {
		t.Errorf("%+v %v", m.TLS, err)
	}
	for _, bad := range []string{"{env: OLD}", "{env: NONE}", "{file: k.pem}", "{credential: a/b}", "{file: ''}"} {
		_, _, faults := parse(t, one+`  x: {relation: peer, plugin: ilp-plugin-mini-accounts, assetCode: USD, assetScale: 9, options: {port: 5, tls: {cert: c, key: `+bad+`}}}`, "OLD=o")
		if len(faults) == 0 || !strings.Contains(faults.Error(), "tls.key") {
			t.Errorf("%s: %v", bad, faults)
		}
	}
}
