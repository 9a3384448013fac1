package connector_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/store"
)

// filed is a connector whose configuration is a file.
type filed struct {
	*changeable
	file  string
	fails bool // its run ends with an error
}

// write writes a file of a configuration, whose admin API has a port of its own.
func write(t *testing.T, accounts string) *filed {
	t.Helper()
	f := &filed{&changeable{t: t, port: freePort(t)}, filepath.Join(t.TempDir(), "connector.yaml"), false}
	f.edit(fmt.Sprintf(`ilpAddress: test.us # ours
backend: one-to-one
spread: 0
store: disk
adminApi: true
adminApiPort: %d
accounts:%s`, f.port, accounts))
	return f
}

func (f *filed) edit(text string) {
	f.t.Helper()
	if err := os.WriteFile(f.file, []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

func (f *filed) text() string {
	f.t.Helper()
	text, err := os.ReadFile(f.file)
	if err != nil {
		f.t.Fatal(err)
	}
	return string(text)
}

// start runs the connector of the file and a stored state, nil for no store at all.
func (f *filed) start(state map[string]string, options ...connector.Option) {
	f.t.Helper()
	f.disk, f.links = newRecorded(state), make(map[string]*testLink)
	options = append([]connector.Option{
		connector.WithPlugin("test", func(a config.Account, _ *slog.Logger) (connector.Link, error) {
			if a.Options["broken"] == true {
				return nil, fmt.Errorf("options.broken is true")
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			f.made.Add(1)
			f.links[a.ID] = newTestLink(ilptest.Fulfilling())
			return f.links[a.ID], nil
		}),
		connector.WithStore("disk", func(connector.StoreConfig) (store.Store, error) { return f.disk, nil }),
	}, options...)
	load := func() (*config.Config, []config.Warning, error) {
		return config.Load(f.file, nil, connector.Known(options...))
	}
	cfg, _, err := load()
	if err != nil {
		f.t.Fatal(err)
	}
	if f.Connector, err = connector.New(cfg, append(options, connector.WithReread(load))...); err != nil {
		f.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(f.t.Context())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	f.stop = func() {
		f.stop = func() {}
		cancel()
		if err := <-done; (err != nil) != f.fails {
			f.t.Errorf("run ended with %v", err)
		}
	}
	f.t.Cleanup(func() { f.stop() })
	awaitReady(f.t, f)
}

// now returns what the store holds.
func (f *filed) now() map[string]string {
	state := make(map[string]string)
	_ = f.disk.Load("", func(key string, value []byte) error {
		state[key] = string(value)
		return nil
	})
	return state
}

func (f *filed) shown(path string) (c admin.RunningConfig) {
	f.t.Helper()
	status, text := ask(f.t, f.port, "GET", path, "")
	if err := json.Unmarshal([]byte(text), &c); err != nil || status != http.StatusOK {
		f.t.Fatalf("%d %s", status, text)
	}
	return c
}

// origin returns where a value is from, with a star for a time that is known.
func origin(c admin.RunningConfig, path string) string {
	o, there := c.Origins[path]
	if !there {
		return "none"
	}
	from := o.From
	if !o.At.IsZero() {
		from += "*"
	}
	if strings.HasPrefix(o.By, "127.0.0.1:") {
		from += " by"
	}
	return from
}

// put sends a whole configuration with an ETag.
func (f *filed) put(path, tag, text string) (status int, etag, answer string) {
	f.t.Helper()
	request, err := http.NewRequestWithContext(f.t.Context(), http.MethodPut, fmt.Sprintf("http://127.0.0.1:%d%s", f.port, path), strings.NewReader(text))
	if err != nil {
		f.t.Fatal(err)
	}
	request.Close = true
	request.Header.Set("Content-Type", "application/yaml")
	if tag != "" {
		request.Header.Set("If-Match", tag)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		f.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return response.StatusCode, response.Header.Get("ETag"), string(body)
}

const carlEntry = `{"id":"carl","options":{"relation":"child","plugin":"test","assetCode":"USD","assetScale":2,"balance":{"maximum":"7"},"options":{"pin":"s3cret"}}}`

func TestShownConfigurationSaysWhereItIsFrom(t *testing.T) {
	f := write(t, changeableAccounts)
	f.start(nil)
	before := f.shown("/config")
	f.want(http.StatusOK, "PATCH", "/accounts/alice", `{"balance":{"maximum":"8"}}`)
	f.want(http.StatusOK, "PATCH", "/accounts/alice?ephemeral=true", `{"maxPacketAmount":"5"}`)
	f.want(http.StatusOK, "POST", "/accounts", carlEntry)
	f.want(http.StatusOK, "DELETE", "/accounts/bob", ``)
	c := f.shown("/config")
	for path, want := range map[string]string{
		"ilpAddress": "file", "adminApiPort": "file", "maxHoldTime": "default",
		"accounts.alice.plugin": "file", "accounts.alice.balance.minimum": "default",
		"accounts.alice.balance.maximum": "kept change* by", "accounts.alice.maxPacketAmount": "ephemeral change",
		"accounts.bob.plugin": "none", "accounts.carl.plugin": "kept change* by", "accounts.carl.throughput.refillPeriod": "default",
		"accounts.carl.options.pin": "kept change* by",
	} {
		if got := origin(c, path); got != want {
			t.Errorf("%s is from %s, want %s", path, got, want)
		}
	}
	for _, part := range []string{`"maximum":"8"`, `"maxPacketAmount":"5"`, fmt.Sprintf(`"adminApiPort":%d`, f.port), `"pin":"[redacted]"`, `"carl":`} {
		if !strings.Contains(string(c.Config), part) {
			t.Errorf("it lacks %s: %s", part, c.Config)
		}
	}
	if strings.Contains(string(c.Config), "bob") || c.File != f.file || c.Address != "test.us" || c.Listeners[0].Port != f.port || before.ETag == c.ETag {
		t.Errorf("%+v", c)
	}
	d := f.shown("/config?declared=true")
	if origin(d, "accounts.alice.balance.maximum") != "file" || !strings.Contains(string(d.Config), `"bob"`) || strings.Contains(string(d.Config), `"carl"`) || d.ETag != c.ETag {
		t.Errorf("%+v", d)
	}
	f.want(http.StatusBadRequest, "GET", "/config?declared=maybe", "")
}

func TestDifferencesOfFileDeclarationAndRun(t *testing.T) {
	f := write(t, changeableAccounts)
	f.start(nil)
	f.want(http.StatusOK, "GET", "/config/diff", "", `"differences":[]`)
	f.want(http.StatusOK, "PATCH", "/accounts/alice", `{"balance":{"maximum":"8"}}`)
	f.want(http.StatusOK, "PATCH", "/accounts/alice", `{"maxPacketAmount":"4"}`)
	f.want(http.StatusOK, "PATCH", "/accounts/bob?ephemeral=true", `{"maxPacketAmount":"5"}`)
	f.want(http.StatusOK, "POST", "/accounts", carlEntry)
	f.edit(strings.Replace(f.text(), "maximum: \"1000\"", "maximum: \"9\"", 1) + "maxHoldTime: 20000\nrouteExpiry: 50000\n")
	_, text := ask(t, f.port, "GET", "/config/diff", "")
	var d admin.ConfigDiff
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, one := range d.Differences {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %.30s %.30s %.30s %s %s", one.Path, one.File, one.Declared, one.Running, one.Edited, one.From)))
		if one.Dropped {
			lines[len(lines)-1] += ", dropped"
		}
	}
	slices.Sort(lines)
	want := []string{
		`accounts.alice.balance.maximum "9" "1000" "8" reload kept change, dropped`,
		`accounts.alice.maxPacketAmount null null "4"  kept change, dropped`,
		`accounts.bob.maxPacketAmount null null "5"  ephemeral change`,
		`accounts.carl null null {"relation":"child","plugin":"  kept change`,
		`maxHoldTime 20000 30000 30000 reload`,
		`routeExpiry 50000 45000 45000 restart`,
	}
	if !slices.Equal(lines, want) {
		t.Errorf("they are\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	if strings.Contains(text, "s3cret") {
		t.Errorf("it has a secret: %s", text)
	}
	if _, _, err := f.Reread(false); err != nil {
		t.Fatal(err)
	}
	f.want(http.StatusOK, "GET", "/config/diff", "", `"path":"routeExpiry","file":50000,"declared":50000,"running":45000,"from":"until a restart"`)
	if got := origin(f.shown("/config"), "routeExpiry"); got != "until a restart" {
		t.Errorf("it is from %s", got)
	}
	f.edit("accounts: [")
	f.want(http.StatusOK, "GET", "/config/diff", "", `"faults":["`, `"differences":[{"path":"routeExpiry","declared":50000,"running":45000`)
}

// A kill between any two steps of saving leaves what ran.
func TestSavedFileIsWhatRuns(t *testing.T) {
	f := write(t, changeableAccounts)
	f.start(nil)
	f.want(http.StatusOK, "PATCH", "/accounts/alice", `{"balance":{"maximum":"8"}}`)
	f.want(http.StatusOK, "DELETE", "/accounts/bob", ``)
	f.want(http.StatusOK, "POST", "/accounts", carlEntry)
	f.want(http.StatusOK, "POST", "/accounts/alice/pause", ``)
	if status, _, text := f.put("/config", f.shown("/config").ETag, strings.NewReplacer(`"maximum":"7"`, `"maximum":"6"`, `"maxHoldTime":30000`, `"maxHoldTime":20000`).Replace(string(f.shown("/config").Config))); status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	const want = "alice=8 carl=6"
	config := string(f.shown("/config").Config)
	same := func(when string) {
		t.Helper()
		if got := maxima(f.changeable); got != want {
			t.Errorf("%s: the accounts are %s", when, got)
		}
		if now := string(f.shown("/config").Config); now != config {
			t.Errorf("%s: it runs\n%s\nwant\n%s", when, now, config)
		}
		f.want(http.StatusOK, "GET", "/accounts", "", `"state":"paused"`)
	}
	var out admin.ConfigExport
	status, text := ask(t, f.port, "POST", "/config/export", "")
	if err := json.Unmarshal([]byte(text), &out); err != nil || status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	if !slices.Equal(out.Declares, []string{"maxHoldTime", "accounts.bob", "accounts.alice", "accounts.carl"}) || out.Ephemeral != nil || out.File != f.file {
		t.Errorf("%+v", out)
	}
	f.want(http.StatusOK, "GET", "/audit", "", `"what":"export configuration"`)
	state, old := f.now(), f.text()
	f.stop()
	f.start(state)
	same("before the file is there")
	f.edit(out.Text)
	if !strings.Contains(f.text(), "ilpAddress: test.us # ours") || !strings.Contains(f.text(), "s3cret") {
		t.Errorf("the file is\n%s", f.text())
	}
	f.stop()
	f.start(state)
	same("before the reload")
	const paused = `{"account":"alice","what":"paused","kept":true,"inForce":true}`
	f.wantChanges(paused)
	f.stop()

	f.edit(old) // as at first, but that it reloads
	f.start(state)
	f.edit(out.Text)
	if _, _, err := f.Reread(false); err != nil {
		t.Fatal(err)
	}
	same("after the reload")
	f.wantChanges(paused)
	state = f.now()
	f.stop()
	f.start(state)
	same("after all")
	for key := range f.now() {
		if strings.HasPrefix(key, "config/account/") || strings.HasPrefix(key, "config/setting/") {
			t.Errorf("%s is still kept", key)
		}
	}
}

// The running connector reloads the file that it has made itself, and nothing is left to change.
func TestSavedFileIsReloaded(t *testing.T) {
	f := write(t, changeableAccounts)
	f.start(nil)
	f.want(http.StatusOK, "PATCH", "/accounts/alice", `{"balance":{"maximum":"8"}}`)
	f.want(http.StatusOK, "PATCH", "/accounts/bob?ephemeral=true", `{"balance":{"maximum":"9"}}`)
	f.want(http.StatusOK, "DELETE", "/config/changes/alice", ``) // and then not, because the file has it
	f.want(http.StatusOK, "PATCH", "/accounts/alice", `{"balance":{"maximum":"8"}}`)
	var out admin.ConfigExport
	_, text := ask(t, f.port, "POST", "/config/export", "")
	if err := json.Unmarshal([]byte(text), &out); err != nil || !slices.Equal(out.Ephemeral, []string{"accounts.bob"}) {
		t.Fatalf("%v %s", err, text)
	}
	f.edit(out.Text)
	done, _, err := f.Reread(false)
	if err != nil || done.Dropped != nil {
		t.Errorf("%+v, %v", done, err)
	}
	if got := maxima(f.changeable); got != "alice=8 bob=9" {
		t.Errorf("the accounts are %s", got)
	}
	f.wantChanges(``)
	f.want(http.StatusOK, "GET", "/config/diff", "", `"differences":[]`)
}

func TestExportIsRefused(t *testing.T) {
	f := write(t, changeableAccounts)
	f.start(nil)
	f.want(http.StatusOK, "PATCH", "/accounts/alice", `{"balance":{"maximum":"8"}}`)
	f.want(http.StatusOK, "PATCH", "/accounts/alice?ephemeral=true", `{"balance":{"maximum":"9"}}`)
	f.want(http.StatusConflict, "POST", "/config/export", "", "accounts.alice is not in force", "config discard")
	f.want(http.StatusOK, "GET", "/audit", "", `"what":"export configuration"`, `"outcome":"refused","error":"the kept change of accounts.alice`)
	f.want(http.StatusOK, "PATCH", "/accounts/alice", `{"balance":{"maximum":"8"}}`)
	f.edit(strings.Replace(f.text(), "# ours", "# mine", 1) + "maxHoldTime: 20000\n")
	f.want(http.StatusConflict, "POST", "/config/export", "", "was edited since it was read")
	f.want(http.StatusOK, "POST", "/config/export?force=true", "", `# mine`, `maxHoldTime: 20000`, `maximum: \"8\"`)
	if err := os.Remove(f.file); err != nil {
		t.Fatal(err)
	}
	f.want(http.StatusConflict, "POST", "/config/export", "", "cannot be read again")
}
