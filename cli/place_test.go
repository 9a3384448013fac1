package cli

import (
	"bytes"
	"fmt"
	"net"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/admin/admintest"
)

// serveLocked serves an admin API with the token s3cret, and returns its host and port.
func serveLocked(t *testing.T) (host, port string) {
	t.Helper()
	n, err := admintest.New("test.conn", "{}")
	if err != nil {
		t.Fatal(err)
	}
	api, err := admin.New(n, admin.Options{Host: "127.0.0.1", Token: "s3cret"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	host, port, err = net.SplitHostPort(u.Host)
	if err != nil {
		t.Fatal(err)
	}
	return host, port
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The connector of a configuration is asked where the configuration says it is. Variables
// win over the file, and flags over both.
func TestRemoteCommandsReadTheConfiguration(t *testing.T) {
	host, port := serveLocked(t)
	const base = "ilpAddress: test.conn\nbackend: one-to-one\naccounts: {}\n"
	good := write(t, "good.yaml", base+fmt.Sprintf("adminApi: true\nadminApiHost: %s\nadminApiPort: %s\nadminApiToken: s3cret\n", host, port))
	elsewhere := write(t, "elsewhere.yaml", base+"adminApi: true\nadminApiPort: 1\nadminApiToken: other\n")
	store := filepath.Dir(write(t, "admin-token", "s3cret\n"))
	made := write(t, "made.yaml", base+fmt.Sprintf("adminApi: true\nadminApiHost: 0.0.0.0\nadminApiPort: %s\nstorePath: %s\n", port, store))
	off := write(t, "off.yaml", base)
	zero := write(t, "zero.yaml", base+"adminApi: true\nadminApiPort: 0\n")
	edited := write(t, "edited.yaml", base+fmt.Sprintf("spread: lots\nadminApi: true\nadminApiHost: %s\nadminApiPort: %s\nadminApiToken: s3cret\n", host, port))
	broken := write(t, "broken.yaml", base+"adminApi: true\nadminApiPort: many\n")
	token := write(t, "token", "s3cret\n")
	at := "http://" + net.JoinHostPort(host, port)
	for _, test := range []struct {
		name, environ string
		args          []string
		want          string // in the error; empty if there is none
	}{
		{"a file", "", []string{"--config", good}, ""},
		{"a token that was made", "", []string{"--config", made}, ""},
		{"a variable of the port", "CONNECTOR_ADMIN_API_PORT=" + port + " CONNECTOR_ADMIN_API_TOKEN=s3cret", []string{"--config", elsewhere}, ""},
		{"a variable that turns it on", "CONNECTOR_ADMIN_API=true CONNECTOR_ADMIN_API_TOKEN=s3cret CONNECTOR_ADMIN_API_PORT=" + port, []string{"--config", off}, ""},
		{"flags", "", []string{"--config", elsewhere, "--url", at, "--token-file", token}, ""},
		{"the token of the file", "", []string{"--config", good, "--url", at}, ""},
		{"the URL of the file", "", []string{"--config", good, "--token", "wrong"}, "got no token, or one it does not accept"},
		{"another port", "", []string{"--config", elsewhere}, "http://127.0.0.1:1"},
		{"off", "", []string{"--config", off}, "the admin API is off in " + off + ": set adminApi to true there"},
		{"off, with flags", "", []string{"--config", off, "--url", at, "--token", "s3cret"}, ""},
		{"any port", "", []string{"--config", zero}, "adminApiPort is 0"},
		{"a fault elsewhere, since the connector runs with an older file", "", []string{"--config", edited}, ""},
		{"a fault", "", []string{"--config", broken}, "cannot find the admin API in this configuration:\n  adminApiPort: "},
		{"no file", "", []string{"--config", off + "x"}, "no such file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for pair := range strings.FieldsSeq(test.environ) {
				name, value, _ := strings.Cut(pair, "=")
				t.Setenv(name, value)
			}
			var out bytes.Buffer
			status := Run(t.Context(), append([]string{"accounts"}, test.args...), &out, &out)
			if (status != 0) != (test.want != "") || !strings.Contains(out.String(), test.want) {
				t.Errorf("exit status %d, want %q:\n%s", status, test.want, out.String())
			}
		})
	}
}
