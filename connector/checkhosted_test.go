package connector

import (
	"fmt"
	"net"
	"strings"
	"testing"
)

// What would only show when it is too late is a warning of a check.
func TestCheckOfHostedPlugins(t *testing.T) {
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := l.Addr().(*net.TCPAddr).Port
	t.Setenv("SET", "1")
	account := func(id, options string) string {
		return fmt.Sprintf("  %s: {relation: child, plugin: mine, assetCode: X, assetScale: 0, options: {%s}}\n", id, options)
	}
	cfg := hosting(t, folderWith(t, "mine"), "accounts:\n"+account("a", "port: 3999")+account("b", "listener: {port: 3999}")+
		account("c", fmt.Sprintf("port: %d", taken))+account("d", "port: 3999, serverHost: x")+account("e", "port: text"))
	cfg.NodeHost.Env = []string{"SET", "UNSET_OF_NOBODY"}
	var got []string
	for _, w := range CheckAll(cfg).Warnings {
		if strings.Contains(w.Path, "options") || w.Path == "nodeHost.env" {
			got = append(got, w.Path+" "+w.Problem)
		}
	}
	want := []string{
		"accounts.b.options.listener.port is 3999, as accounts.a.options.port is: if the plugin listens on it, only one of them can",
		fmt.Sprintf("accounts.c.options.port is %d, which is taken, perhaps by the running connector: if the plugin listens on it, its process ends", taken),
		"nodeHost.env names UNSET_OF_NOBODY, which is not set here, so modules do not get it",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestInstallHintsOfNamesThatAreNone(t *testing.T) {
	cfg := hosting(t, folderWith(t, "mine"), `accounts:
  a: {relation: peer, plugin: "ilp-plugin-btp-x@1.5.0", assetCode: X, assetScale: 0}
  b: {relation: peer, plugin: "events", assetCode: X, assetScale: 0}
  c: {relation: peer, plugin: "~/mine.js", assetCode: X, assetScale: 0}
  d: {relation: peer, plugin: "@acme/plugin@^2", assetCode: X, assetScale: 0}
`)
	want := map[string]string{
		"accounts.a.plugin": "write ilp-plugin-btp-x without the version, and install that with 'npm install ilp-plugin-btp-x@1.5.0'",
		"accounts.b.plugin": "write the name of an npm module, or the path of a file",
		"accounts.c.plugin": "write the whole path: ~ stands for no folder here",
		"accounts.d.plugin": "write @acme/plugin without the version, and install that with 'npm install @acme/plugin@^2'",
	}
	for _, f := range CheckAll(cfg).Faults {
		if !strings.Contains(f.Hint, want[f.Path]) || strings.Contains(f.Hint, "; or use npm install") {
			t.Errorf("%s: %s | %s", f.Path, f.Problem, f.Hint)
		}
		delete(want, f.Path)
	}
	if len(want) > 0 {
		t.Errorf("no faults at %v", want)
	}
}
