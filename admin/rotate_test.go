package admin_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/admin"
)

func TestAccountIsRotated(t *testing.T) {
	n := newNode(t)
	api := newAPI(t, n, loopback())
	const rotated = `{"id":"new","options":{"relation":"child","plugin":"ilp-plugin-btp","assetCode":"X","assetScale":1,"options":{"listener":{"port":1,"secret":"first"}}}}`
	if w := answer(api, call("POST", "/accounts", rotated)); w.Code != http.StatusOK {
		t.Fatal(w.Body)
	}
	const odd = `{"id":"odd","options":{"relation":"child","plugin":"p","assetCode":"X","assetScale":1}}`
	if w := answer(api, call("POST", "/accounts", odd)); w.Code != http.StatusOK {
		t.Fatal(w.Body)
	}
	secret := func() string {
		o, err := n.Configs["new"].BTP()
		if err != nil {
			t.Fatal(err)
		}
		return o.Listener.Secret
	}
	w := answer(api, call("POST", "/accounts/new/rotate?ephemeral=true", ``))
	var got admin.RotatedAccount
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if until := time.Until(got.OldSecretUntil.Time); got.Account != "new" || got.Side != "listener" || !got.Ephemeral || len(got.Secret) < 20 || secret() != got.Secret ||
		until > time.Hour || until < 50*time.Minute {
		t.Errorf("%+v", got)
	}
	for _, tt := range []struct {
		path, body string
		status     int
		words      string
		then       string // the secret, unless it is empty
	}{
		{"new/rotate", `{"secret":"third"}`, 409, "end its overlap first", got.Secret},
		{"new/rotate", `{"endOverlap":true}`, 200, `"side":"listener"`, got.Secret},
		{"new/rotate", `{"secret":"third","overlap":"0s"}`, 200, "", "third"},
		{"new/rotate", `{"secret":"fourth","overlap":"720h","side":"listener","reason":"yearly"}`, 200, "oldSecretUntil", "fourth"},
		{"new/rotate", `{"secret":""}`, 400, "is empty", "fourth"},
		{"new/rotate", `{"secret":5}`, 400, "no string", "fourth"},
		{"new/rotate", `{"secret":null}`, 400, "no string", "fourth"},
		{"new/rotate", `{"overlap":"721h"}`, 400, "not a time", "fourth"},
		{"new/rotate", `{"overlap":"-1s"}`, 400, "not a time", "fourth"},
		{"new/rotate", `{"overlap":60}`, 400, "not a time", "fourth"},
		{"new/rotate", `{"endOverlap":true,"overlap":"1h"}`, 400, "endOverlap", "fourth"},
		{"new/rotate", `{"endOverlap":"yes"}`, 400, "not true or false", "fourth"},
		{"new/rotate", `{"side":"left"}`, 400, "is none of", "fourth"},
		{"new/rotate", `{"sceret":"x"}`, 400, "unknown member", "fourth"},
		{"new/rotate", `{"secret":"` + strings.Repeat("x", 16_001) + `","overlap":"0s"}`, 400, "longer than", "fourth"},
		{"new/rotate?ephemeral=perhaps", `{}`, 400, "not true or false", "fourth"},
		{"nobody/rotate", `{}`, 404, "no account", ""},
		{"odd/rotate", `{}`, 409, "only accounts with ilp-plugin-btp, ilp-plugin-xrp-paychan, ilp-plugin-http or ilp-http", ""},
	} {
		w := answer(api, call("POST", "/accounts/"+tt.path, tt.body))
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.words) {
			t.Errorf("%s %.60s: %d %s", tt.path, tt.body, w.Code, w.Body)
		}
		if tt.then != "" && secret() != tt.then {
			t.Errorf("%s %.60s: the secret is %s", tt.path, tt.body, secret())
		}
	}
	text := answer(api, call("GET", "/audit", "")).Body.String()
	for _, want := range []string{`"what":"rotate secret"`, `"overlap":"720h0m0s"`, `"overlap":"ended"`, `"side":"listener"`, `"reason":"yearly"`, `"ephemeral":"true"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the audit log lacks %s: %s", want, text)
		}
	}
}
