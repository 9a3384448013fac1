package connector_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest/freeport"
)

// take returns a port at loopback on which the test listens until its end.
func take(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().(*net.TCPAddr).Port
}

// drafted writes a configuration and checks it, whatever faults it has.
func drafted(t *testing.T, text string) (warnings []config.Warning, faults config.Faults) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, _, _ := config.Draft(file, nil, connector.Known())
	warnings, err := connector.Check(cfg)
	if err != nil && !errors.As(err, &faults) {
		t.Fatalf("%T: %v", err, err)
	}
	return warnings, faults
}

const listening = `ilpAddress: test.us
backend: one-to-one
adminApi: true
adminApiPort: %d
settlementApiPort: %d
storePath: %s
accounts:
  alice:
    { relation: peer, plugin: ilp-plugin-btp, assetCode: X, assetScale: 0, balance: { maximum: "1" }, settlementEngine: { url: "http://127.0.0.1:1", scale: 0 },
      options: { listener: { host: 127.0.0.1, port: %d, secret: s } } }
  bob:
    { relation: peer, plugin: ilp-plugin-btp, assetCode: X, assetScale: 0, balance: { maximum: "1" },
      options: { listener: { host: 127.0.0.1, port: %d, secret: s } } }
`

// A taken port is a warning, because an operator runs check beside the running connector.
func TestCheckWarnsOfTakenPorts(t *testing.T) {
	admin, settlement, alice := take(t), take(t), take(t)
	bob, err := freeport.Take()
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(listening, admin, settlement, filepath.Join(t.TempDir(), "store"), alice, bob)
	for range 2 { // it keeps no port
		warnings, faults := drafted(t, text)
		if len(warnings) != 3 || len(faults) > 0 {
			t.Fatalf("%v\n%v", warnings, faults)
		}
		for i, want := range []string{
			fmt.Sprintf("adminApiPort: port %d is taken: another program has it, perhaps the running connector; stop that one before you start another, or set another port", admin),
			fmt.Sprintf("settlementApiPort: port %d is taken", settlement),
			fmt.Sprintf("accounts.alice.options.listener.port: port %d is taken", alice),
		} {
			if !strings.HasPrefix(warnings[i].String(), want) {
				t.Errorf("%s\nwant %s", warnings[i], want)
			}
		}
	}
}

// A host that this machine does not have is a warning, too: check may run on another one.
func TestCheckWarnsOfHostsThatAreElsewhere(t *testing.T) {
	warnings, faults := drafted(t, "ilpAddress: test.us\nbackend: one-to-one\naccounts: {}\nadminApi: true\nadminApiHost: 192.0.2.1\nadminApiToken: x\n")
	if len(faults) > 0 || len(warnings) != 1 || !strings.Contains(warnings[0].String(), "adminApiPort: port 7780 of 192.0.2.1 cannot be opened: ") || warnings[0].Hint == "" {
		t.Errorf("%v\n%v", warnings, faults)
	}
}

// A fault hides no other one: those of settings, parts, the store and the ports are found at once.
func TestCheckFindsAllFaultsAtOnce(t *testing.T) {
	taken := take(t)
	const bad = `ilpAddress: test.us
spread: lots
backend: ecb
backendConfig: { ratesApiUrl: 5 }
adminApi: true
adminApiPort: %d
storePath: /dev/null
accounts:
  a: { relation: peer, plugin: loopback, assetCode: X, assetScale: 0, options: { fulfillment: zz } }
  b: { relation: peer, plugin: ilp-plugin-btp, assetCode: X, assetScale: 0, options: { server: 'btp+wss://:t@localhost:1', tls: { ca: nope.pem } } }
  c: { relation: peer, plugin: ilp-plugin-btb, assetCode: X, assetScale: 0 }
`
	for i, text := range []string{bad, strings.NewReplacer("spread: lots\n", "", "ilp-plugin-btb", "loopback").Replace(bad)} {
		warnings, faults := drafted(t, fmt.Sprintf(text, taken))
		for _, want := range []string{
			"backendConfig.ratesApiUrl: ", "accounts.a.options.fulfillment: is not 32 bytes in hexadecimal; write 64", "accounts.b.options.tls.ca: read nope.pem", "storePath: /dev/null is not a directory",
		} {
			if !strings.Contains("\n"+faults.Error(), "\n"+want) {
				t.Errorf("%s is not found in\n%v", want, faults)
			}
		}
		for _, f := range faults {
			if f.Hint == "" && !strings.HasPrefix(f.Path, "store") {
				t.Errorf("no hint says what to do: %s", f)
			}
		}
		if typo := strings.Contains(faults.Error(), "did you mean ilp-plugin-btp?"); typo != (i == 0) {
			t.Errorf("the misspelt plugin: %v", faults)
		}
		if len(faults) != 5-i || len(warnings) != 1 || warnings[0].Path != "adminApiPort" {
			t.Errorf("%v\n%v", warnings, faults)
		}
	}
}

// What has a fault is not tried: a second fault would be about the same.
func TestCheckDoesNotTryWhatHasAFault(t *testing.T) {
	taken := take(t)
	warnings, faults := drafted(t, fmt.Sprintf("ilpAddress: test.us\nadminApi: true\nadminApiPort: %d\nadminApiHost: '127.0.0.1:1'\nstorePath: '/dev/null '\naccounts: {}\n", taken))
	if len(warnings)+len(faults) > 0 {
		t.Errorf("%v\n%v", warnings, faults)
	}
}
