package connector_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ilp-go/connector/admin"
)

// body returns the configuration that runs with some texts replaced, and its ETag.
func (f *filed) body(replace ...string) (tag, text string) {
	f.t.Helper()
	c := f.shown("/config")
	text = string(c.Config)
	for i := 0; i+1 < len(replace); i += 2 {
		if !strings.Contains(text, replace[i]) {
			f.t.Fatalf("the configuration lacks %s: %s", replace[i], text)
		}
		text = strings.Replace(text, replace[i], replace[i+1], 1)
	}
	return c.ETag, text
}

const erin = `"erin":{"relation":"child","plugin":"test","assetCode":"USD","assetScale":2,"balance":{"maximum":"3"},"options":{"pin":"s3cret"}},`

func TestPutConfigurationIsKept(t *testing.T) {
	f := write(t, changeableAccounts)
	f.start(nil)
	f.want(http.StatusOK, "PATCH", "/accounts/bob", `{"balance":{"maximum":"9"}}`)
	f.want(http.StatusOK, "POST", "/accounts", carlEntry)
	f.want(http.StatusOK, "POST", "/accounts/carl/pause", ``)
	tag, text := f.body(`"maximum":"1000"`, `"maximum":"5"`, `"alice":`, erin+`"alice":`,
		`"routes":[]`, `"routes":[{"targetPrefix":"test.far","peerId":"erin"}]`, `"maxHoldTime":30000`, `"maxHoldTime":20000`)
	carl := text[strings.Index(text, `"carl":`):]
	carl = carl[:strings.Index(carl, `}}`)+2]
	text = strings.Replace(text, ","+carl, "", 1)
	status, next, answer := f.put("/config", tag, text)
	var done admin.Reloaded
	if err := json.Unmarshal([]byte(answer), &done); err != nil || status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
	if !slices.Equal(slices.Sorted(slices.Values(done.Changed)), []string{"accounts.alice.balance changed", "accounts.carl removed", "accounts.erin added", "maxHoldTime changed", "routes changed"}) ||
		done.Dropped != nil || done.Restart != nil {
		t.Errorf("%+v", done)
	}
	config := f.shown("/config")
	if next != config.ETag || next == tag || done.ETag != next {
		t.Errorf("the ETags are %s, %s and %s", tag, next, config.ETag)
	}
	f.wantSent("T04 exceeded maximum balance.", "alice", "test.us.bob", 6)
	f.wantSent("fulfilled", "alice", "test.far.x", 3)
	const changes = `{"account":"alice","what":"changed","settings":["balance.maximum"],"kept":true,"inForce":true},` +
		`{"account":"bob","what":"changed","settings":["balance.maximum"],"kept":true,"inForce":true},` +
		`{"account":"erin","what":"added","kept":true,"inForce":true},` +
		`{"setting":"routes","what":"changed","kept":true,"inForce":true},` +
		`{"setting":"maxHoldTime","what":"changed","kept":true,"inForce":true}`
	f.wantChanges(changes)
	f.want(http.StatusOK, "GET", "/audit", "", `"what":"put configuration"`, `"changed":"accounts.`)
	if got := origin(config, "maxHoldTime"); got != "kept change* by" {
		t.Errorf("maxHoldTime is from %s", got)
	}
	state := f.now()
	f.stop() // as a kill: state is what the store had before
	f.start(state)
	if now := f.shown("/config"); string(now.Config) != string(config.Config) || now.ETag == config.ETag {
		t.Errorf("after a kill it runs\n%s\nwant\n%s", now.Config, config.Config)
	}
	f.wantChanges(changes)
	f.wantSent("fulfilled", "alice", "test.far.x", 0)

	// The file stays the declared source: its edit of a setting counts, and leaves the others.
	f.edit(f.text() + "maxHoldTime: 25000\n")
	reloaded, _, err := f.Reread(false)
	if err != nil || !slices.Equal(reloaded.Dropped, []string{"maxHoldTime"}) || !slices.Equal(reloaded.Changed, []string{"maxHoldTime changed"}) {
		t.Errorf("%+v, %v", reloaded, err)
	}
	f.wantSent("fulfilled", "alice", "test.far.y", 0)
	if text := string(f.shown("/config").Config); !strings.Contains(text, `"maxHoldTime":25000`) || !strings.Contains(text, `"peerId":"erin"`) {
		t.Errorf("after the reload it runs %s", text)
	}
	f.stop()
	f.start(state) // the same at a start
	if text := string(f.shown("/config").Config); !strings.Contains(text, `"maxHoldTime":25000`) || !strings.Contains(text, `"peerId":"erin"`) {
		t.Errorf("after the start it runs %s", text)
	}

	f.want(http.StatusOK, "DELETE", "/config/changes?setting=routes", "", `"setting":"routes"`)
	f.want(http.StatusNotFound, "DELETE", "/config/changes?setting=routes", "", `no change of a setting "routes" is kept`)
	f.want(http.StatusBadRequest, "DELETE", "/config/changes", "", `setting=routes`)
	if _, _, err := f.Reread(false); err != nil {
		t.Fatal(err)
	}
	f.wantSent("F02 no route found. source=alice destination=test.far.z", "alice", "test.far.z", 0)
}

func TestPutConfigurationIsRefused(t *testing.T) {
	f := write(t, changeableAccounts)
	f.start(nil)
	f.wantSent("fulfilled", "alice", "test.us.bob", 100)
	before := f.shown("/config")
	stale, _ := f.body()
	f.want(http.StatusOK, "PATCH", "/accounts/bob?ephemeral=true", `{"maxPacketAmount":"5"}`)
	f.want(http.StatusOK, "PATCH", "/accounts/bob?ephemeral=true", `{"maxPacketAmount":null}`)
	f.want(http.StatusOK, "PATCH", "/accounts/bob", `{"maxPacketAmount":"5"}`)
	tag, _ := f.body()
	for name, tt := range map[string]struct {
		status   int
		tag      string
		old, new string
		words    []string
	}{
		"no ETag":       {428, "", "", "", []string{"If-Match"}},
		"a stale ETag":  {412, stale, `"maxHoldTime":30000`, `"maxHoldTime":1`, []string{"another one than that of If-Match"}},
		"a weak ETag":   {412, "W/" + tag, "", "", []string{"another one"}},
		"two faults":    {422, tag, `"maximum":"1000"`, `"maximum":"x","settleThreshold":"y"`, []string{"accounts.alice.balance.maximum", "accounts.alice.balance.settleThreshold"}},
		"restarts":      {422, tag, `"routeExpiry":45000`, `"routeExpiry":46000,"env":"production"`, []string{"env: is given twice"}},
		"a restart":     {422, tag, `"routeExpiry":45000`, `"routeExpiry":46000`, []string{"routeExpiry: is another one than now, and takes a restart"}},
		"no JSON":       {422, tag, `{"env"`, `{"env`, []string{"is not valid JSON"}},
		"a balance":     {409, tag, `"alice":{"relation":"child"`, `"carl":{"relation":"child"`, []string{"accounts.alice: is gone", "force"}},
		"bad options":   {409, tag, `"plugin":"test","assetCode":"USD","assetScale":2,"assetMismatch"`, `"options":{"broken":true},"plugin":"test","assetCode":"USD","assetScale":2,"assetMismatch"`, []string{"accounts.alice", "options.broken"}},
		"a wrong place": {422, tag, `"alice":`, `"x":"[redacted]","alice":`, []string{"accounts.x: is [redacted]"}},
	} {
		_, text := f.body()
		if tt.old != "" {
			_, text = f.body(tt.old, tt.new)
		}
		status, _, answer := f.put("/config", tt.tag, text)
		for _, word := range tt.words {
			if status != tt.status || !strings.Contains(answer, word) {
				t.Errorf("%s: %d %s, want %d and %q", name, status, answer, tt.status, word)
			}
		}
		if now := f.shown("/config"); now.ETag != tag || strings.Replace(string(now.Config), `"maxPacketAmount":"5",`, "", 1) != string(before.Config) {
			t.Errorf("%s: it runs\n%s", name, now.Config)
		}
		f.wantSent("fulfilled", "alice", "test.us.bob", 1)
	}
	if log := entries(t, f.Connector); !slices.Contains(log, "put configuration  refused") || slices.Contains(log, "put configuration  done") {
		t.Errorf("the audit log has %q", log)
	}
	if status, _, answer := f.put("/config", `"x", `+tag, string(f.shown("/config").Config)); status != http.StatusOK || !strings.Contains(answer, `"changed":[]`) {
		t.Errorf("the same again: %d %s", status, answer)
	}
}

func TestEphemeralPutIsForgotten(t *testing.T) {
	f := write(t, changeableAccounts)
	f.start(nil)
	tag, text := f.body(`"maximum":"1000"`, `"maximum":"5"`, `"maxHoldTime":30000`, `"maxHoldTime":20000`)
	if status, _, answer := f.put("/config?ephemeral=true", tag, text); status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
	f.wantChanges(`{"account":"alice","what":"changed","settings":["balance.maximum"],"kept":false,"inForce":true},` +
		`{"setting":"maxHoldTime","what":"changed","kept":false,"inForce":true}`)
	if _, _, err := f.Reread(false); err != nil {
		t.Fatal(err)
	}
	if got := maxima(f.changeable) + " " + origin(f.shown("/config"), "maxHoldTime"); got != "alice=5 bob=1000 ephemeral change" {
		t.Errorf("after a reload it is %s", got)
	}
	state := f.now()
	f.stop()
	f.start(state)
	f.wantChanges(``)
	f.stop()

	f.edit(strings.Replace(f.text(), "store: disk", "store: memory", 1))
	f.start(nil)
	tag, text = f.body(`"maximum":"1000"`, `"maximum":"5"`)
	if status, _, answer := f.put("/config", tag, text); status != http.StatusConflict || !strings.Contains(answer, "ephemeral=true") {
		t.Errorf("%d %s", status, answer)
	}
	if status, _, answer := f.put("/config?ephemeral=true", tag, text); status != http.StatusOK {
		t.Errorf("%d %s", status, answer)
	}
}

// What is kept of a put configuration and its audit entry are one step: if the store refuses it,
// nothing has changed.
func TestPutThatCannotBeKeptChangesNothing(t *testing.T) {
	f := write(t, changeableAccounts)
	f.start(nil)
	tag, text := f.body(`"maximum":"1000"`, `"maximum":"5"`, `"maxHoldTime":30000`, `"maxHoldTime":20000`)
	f.fails = true
	f.disk.mu.Lock()
	f.disk.refuse = errors.New("no space")
	f.disk.mu.Unlock()
	if status, _, answer := f.put("/config", tag, text); status < 500 || !strings.Contains(answer, "no space") {
		t.Errorf("%d %s", status, answer)
	}
	if got := maxima(f.changeable); got != "alice=1000 bob=1000" {
		t.Errorf("the accounts are %s", got)
	}
}

// A kept setting that does not fit any more is left out, with an alert that says what to do.
func TestKeptSettingThatDoesNotFitIsLeftOut(t *testing.T) {
	f := write(t, changeableAccounts)
	f.start(map[string]string{
		"config/setting/maxHoldTime": fmt.Sprintf(`{"base":%q,"value":"long","at":"2026-01-02T03:04:05Z"}`, "5da6f1b0bb5bce7e4bd9b4d0e24b1f49cc1af0e6f5c1d9b1d5f1d6d9a1b2c3d4"),
	})
	f.want(http.StatusOK, "GET", "/alerts", "", `{"alerts":[]}`) // edited since
	tag, text := f.body(`"maxHoldTime":30000`, `"maxHoldTime":20000`)
	if status, _, answer := f.put("/config", tag, text); status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
	state := f.now()
	f.stop()
	state["config/setting/maxHoldTime"] = strings.Replace(state["config/setting/maxHoldTime"], `"value":20000`, `"value":"long"`, 1)
	f.start(state)
	f.want(http.StatusOK, "GET", "/alerts", "", "the setting maxHoldTime was changed at", "config discard --setting maxHoldTime")
	f.want(http.StatusOK, "GET", "/config/changes", "", `"setting":"maxHoldTime"`, `"inForce":false,"reason":"left out: maxHoldTime: `)
	f.want(http.StatusConflict, "POST", "/config/export", "", "maxHoldTime is not in force")
	f.want(http.StatusOK, "DELETE", "/config/changes?setting=maxHoldTime", "")
	if _, _, err := f.Reread(false); err != nil {
		t.Fatal(err)
	}
	f.want(http.StatusOK, "GET", "/alerts", "", `{"alerts":[]}`)
	f.wantChanges(``)
}

// An account that is left out is there again when a reload brings it, and nothing says otherwise.
func TestReloadBringsBackWhatWasLeftOut(t *testing.T) {
	f := write(t, changeableAccounts)
	f.start(nil)
	f.want(http.StatusOK, "PATCH", "/accounts/alice", `{"balance":{"maximum":"8"},"ilpAddressSegment":"carl"}`)
	state := f.now()
	f.stop()
	f.edit(f.text() + "  carl: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: \"3\"}}\n")
	f.start(state)
	f.want(http.StatusOK, "GET", "/alerts", "", "is left out")
	f.edit(strings.Replace(f.text(), `maximum: "1000"`, `maximum: "900"`, 1))
	if _, _, err := f.Reread(false); err != nil {
		t.Fatal(err)
	}
	if got := maxima(f.changeable); got != "alice=900 bob=1000 carl=3" {
		t.Errorf("the accounts are %s", got)
	}
	f.want(http.StatusOK, "GET", "/alerts", "", `{"alerts":[]}`)
	f.wantChanges(``)
	f.want(http.StatusOK, "PATCH", "/accounts/alice", `{"balance":{"maximum":"7"}}`)
	f.want(http.StatusOK, "PATCH", "/accounts/alice?ephemeral=true", `{"balance":{"maximum":"6"}}`)
	f.want(http.StatusOK, "GET", "/config/changes", "", `"inForce":false,"reason":"until the next start a change counts that is not kept"`)
}
