package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ilp-go/connector/admin"
)

// Only the configuration may be YAML, and it replaces only the one that the client has seen.
func TestPutConfigurationNeedsItsETag(t *testing.T) {
	n := newNode(t)
	n.Running = admin.RunningConfig{ETag: `"now"`}
	api := newAPI(t, n, loopback())
	const yaml = "ilpAddress: test.a\naccounts: {}\n"
	for _, tt := range []struct {
		method, path, media, match, body string
		status                           int
		words                            string
	}{
		{"PUT", "/config", "application/yaml", "", yaml, 428, "send If-Match with the ETag of GET /config"},
		{"PUT", "/config", "application/yaml", `"old"`, yaml, 412, "another one than that of If-Match"},
		{"PUT", "/config", "application/yaml", `W/"now"`, yaml, 412, "another one"},
		{"PUT", "/config", "application/yaml", `"now"`, "ilpAddress: [", 422, "is not valid YAML"},
		{"PUT", "/config", "application/yaml", `"now"`, yaml, 200, `"etag":"\"now\""`},
		{"PUT", "/config", "application/json", `"old", "now"`, `{"ilpAddress":"test.a","accounts":{}}`, 200, "changed"},
		{"PUT", "/config", "", "*", `{"ilpAddress":"test.a","accounts":{}}`, 200, "changed"},
		{"PUT", "/config?ephemeral=maybe", "application/json", `"now"`, "{}", 400, "ephemeral in the query"},
		{"PUT", "/config", "text/plain", `"now"`, yaml, 403, "application/json"},
		{"POST", "/config", "application/yaml", `"now"`, yaml, 403, "application/json"},
		{"POST", "/accounts", "application/yaml", "", yaml, 403, "application/json"},
		{"PUT", "/config", "application/yaml", `"now"`, strings.Repeat("#", 1<<20) + "\n", 413, "larger than"},
	} {
		r := call(tt.method, tt.path, tt.body)
		r.Header.Del("Content-Type")
		if tt.media != "" {
			r.Header.Set("Content-Type", tt.media)
		}
		if tt.match != "" {
			r.Header.Set("If-Match", tt.match)
		}
		w := answer(api, r)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.words) {
			t.Errorf("%s %s %s %s: %d %s", tt.method, tt.path, tt.media, tt.match, w.Code, w.Body)
		}
		if w.Code == http.StatusOK && w.Header().Get("ETag") != `"now"` {
			t.Errorf("the ETag is %q", w.Header().Get("ETag"))
		}
	}
	if len(n.Edits) != 3 {
		t.Errorf("it was put %d times", len(n.Edits))
	}
	if w := answer(api, call("GET", "/config", "")); w.Code != 200 || w.Header().Get("ETag") != `"now"` {
		t.Errorf("%d, the ETag is %q", w.Code, w.Header().Get("ETag"))
	}
}
