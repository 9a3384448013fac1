package test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	settings "github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	packets "github.com/ilp-go/connector/ilp"
)

// shopKeeper is a connector, the binary, that keeps its ledger in dir. A child of it, the
// payer, is what the test is; the shop takes all packets.
type shopKeeper struct {
	*Process
	Admin admin
	dir   string
	port  int // of the payer
}

// environment is that of a shop keeper.
func (k *shopKeeper) environment() []string {
	const accounts = `{
		"payer": {"relation":"child","plugin":"ilp-plugin-btp","assetCode":"USD","assetScale":2,
			"balance":{"maximum":"1000000"},"options":{"listener":{"port":%d,"secret":"s3cret"}}},
		"shop": {"relation":"child","plugin":"loopback","assetCode":"USD","assetScale":2,
			"balance":{"maximum":"0"},"options":{"fulfillment":"%064d"}}}`
	return []string{
		"CONNECTOR_ILP_ADDRESS=test.hub", "CONNECTOR_BACKEND=one-to-one", "CONNECTOR_SPREAD=0",
		"CONNECTOR_INITIAL_CONNECT_TIMEOUT=10", "CONNECTOR_STORE_PATH=" + k.dir,
		"CONNECTOR_ADMIN_API=true", "CONNECTOR_ADMIN_API_PORT=" + k.Admin.url[strings.LastIndex(k.Admin.url, ":")+1:],
		"CONNECTOR_ACCOUNTS=" + strings.NewReplacer("\n", "", "\t", "").Replace(fmt.Sprintf(accounts, k.port, 0)),
	}
}

// newShopKeeper is one that is not running.
func newShopKeeper(t *testing.T, dir string) *shopKeeper {
	t.Helper()
	return &shopKeeper{dir: dir, port: freePort(t), Admin: admin{url: fmt.Sprintf("http://127.0.0.1:%d", freePort(t))}}
}

// launch starts it, by another program if one is named, and waits for nothing.
func (k *shopKeeper) launch(t *testing.T, by ...string) {
	t.Helper()
	k.Process = startProcess(t, "the shop keeper", ".", k.environment(), nil, append(by, mustBinary(t), "run")...)
}

// start starts it and waits until it is ready.
func (k *shopKeeper) start(t *testing.T) {
	t.Helper()
	k.launch(t)
	k.awaitLine(t, "connector ready")
}

// owed is what the payer and the shop owe.
func (k *shopKeeper) owed(t *testing.T) string {
	t.Helper()
	b := k.Admin.balances(t)
	return b["payer"] + " " + b["shop"]
}

func mustBinary(t *testing.T) string {
	t.Helper()
	binary, err := ourBinary()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// command runs our program with arguments, and the variables of the shop keeper, and
// returns what it prints and how it ends.
func (k *shopKeeper) command(t *testing.T, args ...string) (output string, status int) {
	t.Helper()
	cmd := exec.Command(mustBinary(t), args...)
	cmd.Env = k.environment()
	b, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(b), cmd.ProcessState.ExitCode()
}

// patron is the other side of the payer's account.
type patron struct{ *connector.Connector }

// pays connects a payer, until the test ends.
func (k *shopKeeper) pays(t *testing.T) patron {
	t.Helper()
	text := fmt.Sprintf(`{"ilpAddress":"test.hub.payer","backend":"one-to-one","spread":0,"accounts":{"hub":{
		"relation":"parent","plugin":"ilp-plugin-btp","assetCode":"USD","assetScale":2,"sendRoutes":false,"receiveRoutes":false,
		"options":{"server":"btp+ws://:s3cret@127.0.0.1:%d"}}}}`, k.port)
	cfg, _, err := settings.Parse("payer.json", []byte(text), nil, connector.Known())
	if err != nil {
		t.Fatal(err)
	}
	c, err := connector.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	<-c.Ready()
	return patron{c}
}

// pay pays the shop and returns "fulfilled", or the code that says why not.
func (p patron) pay(t *testing.T, amount uint64, number int) string {
	t.Helper()
	reply, err := p.Send(t.Context(), packets.Draft{
		Amount: amount, Expiry: time.Now().Add(10 * time.Second).UnixMilli(), Destination: "test.hub.shop.till",
		Condition: sha256.Sum256(make([]byte, packets.ConditionBytes)), Data: []byte(fmt.Sprint(number)),
	})
	switch {
	case err != nil:
		t.Error(err)
		return ""
	case reply.Fulfilled():
		return "fulfilled"
	}
	return reply.Code().String()
}

// ready is whether the connector says that it is, and why not.
func (k *shopKeeper) ready(t *testing.T) (bool, string) {
	t.Helper()
	status, _, body := k.Admin.exchange(t, http.MethodGet, "/readyz", "")
	return status == http.StatusOK, body
}

// contents is every byte, mode and name of a file, or of every file below a directory.
func contents(t *testing.T, path string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(&all, "%s %s", name, info.Mode())
		if d.Type().IsRegular() {
			b, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			fmt.Fprintf(&all, " %x", sha256.Sum256(b))
		}
		all.WriteString("\n")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
