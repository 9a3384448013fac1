package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/peering"
	"github.com/ilp-go/connector/store/disk"
)

// asked is a command that asks a running connector, and arguments with which it succeeds at
// the node of newNode. A new command needs an entry here or in local.
var asked = map[string][]string{
	"accounts":            nil,
	"accounts add":        {"dave", "--options", "ENTRY"},
	"accounts set":        {"alice", "maxPacketAmount=1000"},
	"accounts remove":     {"dave"},
	"accounts pause":      {"alice"},
	"accounts resume":     {"alice"},
	"accounts rotate":     {"bob", "--no-overlap"},
	"config changes":      nil,
	"config diff":         nil,
	"config discard":      {"zoe"},
	"config put":          {"CONFIG"},
	"config save":         {"--file", "FILE"},
	"config show":         {"alice"},
	"alerts":              nil,
	"alerts dismiss":      {"1000000"},
	"audit":               nil,
	"balance":             {"alice"},
	"balance adjust":      {"alice", "-5", "--reason", "a test"},
	"balance import":      {"BALANCES"},
	"balance move":        {"gone", "alice", "--reason", "renamed"},
	"channels":            {"zoe"},
	"channels claim":      {"zoe"},
	"channels close":      {"zoe"},
	"channels fund":       {"zoe", "2.5XRP"},
	"channels open":       {"zoe"},
	"children":            {"alice"},
	"children add":        {"alice", "--from", "CHILDREN"},
	"children block":      {"alice", "ann"},
	"children remove":     {"alice", "bert"},
	"children rotate":     {"alice", "ann"},
	"children unblock":    {"alice", "ann"},
	"earnings":            {"alice"},
	"health":              nil,
	"neighbors":           nil,
	"nodehosts":           nil,
	"pause":               {"--prefix", "test.far"},
	"pauses":              nil,
	"resume":              {"--prefix", "test.slow"},
	"peer accept":         {"INVITATION", "--id", "frank", "--allow-loopback"},
	"peer invite":         {"erin", "--endpoint", "btp+ws://peer.example:7768", "--asset", "XRP", "--scale", "9"},
	"peer invites":        nil,
	"peer revoke":         {"frida"},
	"ping":                {"test.far"},
	"rates":               {"alice", "bob"},
	"rates confirm":       {"XRP"},
	"rates overrides":     nil,
	"rates explain":       {"alice", "bob"},
	"rates pause":         {"XRP", "USD"},
	"rates pin":           {"XRP", "USD", "1.5"},
	"rates resume":        {"USD", "XRP"},
	"rates set":           {"XRP=1.5", "USD=none"},
	"rates unpin":         {"USD", "XRP"},
	"rejections":          {"alice"},
	"reload":              nil,
	"routes":              nil,
	"routes get":          {"test.far.x"},
	"routes resume":       {"bob"},
	"settle":              {"bob"},
	"settlements":         {"alice"},
	"settlements resolve": {"alice", "0b9e2f64-7f0a-4a55-8a83-2d1f2c9a4b11", "--paid", "--reason", "a test"},
	"store backup":        {"FILE"},
}

// local is every other command, with arguments that make sense.
var local = map[string][]string{
	"peer": nil, "peer export": {"FILE"},
	"": nil, "run": nil, "check": nil, "config": nil, "store": nil, "store verify": {"FILE"}, "store dump": {"FILE"}, "store import": nil, "version": nil,
	"demo": nil, "help": {"ping"}, "completion": nil, "completion bash": nil, "completion fish": nil,
	"completion powershell": nil, "completion zsh": nil,
}

// noConfig is the commands that read no configuration.
var noConfig = map[string]bool{
	"store": true, "version": true, "demo": true, "help": true, "completion": true, "completion bash": true, "completion fish": true,
	"completion powershell": true, "completion zsh": true,
}

func TestConfigIsRefusedByCommandsThatDoNotReadIt(t *testing.T) {
	for path := range noConfig {
		line := append([]string{"--config", "nofile"}, local[path]...)
		checkUsage(t, run(t, path, line...), line, path+" takes no --config: it reads no configuration")
	}
	for _, line := range [][]string{
		{"store", "verify", "x", "--config", "y"}, {"store", "dump", "x", "--config", "y"},
		{"store", "backup", "x", "--from", "y", "--config", "z"}, {"store", "backup", "x", "--from", "y", "--url", "z"},
	} {
		checkUsage(t, run(t, "", line...), line, ", and got both")
	}
}

// commands returns every command below root, by its path, and root itself.
func commands(root *cobra.Command) map[string]*cobra.Command {
	all := map[string]*cobra.Command{"": root}
	var walk func(*cobra.Command)
	walk = func(above *cobra.Command) {
		for _, c := range above.Commands() {
			all[commandPath(c)] = c
			walk(c)
		}
	}
	walk(root)
	return all
}

// outcome is the end of a command.
type outcome struct {
	status      int
	out, errors string
}

// run runs a command in this process.
func run(t *testing.T, path string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // for a daemon that was to be refused
	defer cancel()
	var out, problems bytes.Buffer
	status := Run(ctx, append(strings.Fields(path), args...), &out, &problems)
	return outcome{status, out.String(), problems.String()}
}

// checkUsage checks the end of a command line that makes no sense: two lines, and nothing
// else.
func checkUsage(t *testing.T, o outcome, line []string, want string) {
	t.Helper()
	first, second, _ := strings.Cut(o.errors, "\n")
	if o.status != exitUsage || o.out != "" || !strings.HasPrefix(first, testName+": ") || !strings.Contains(first, want) ||
		!strings.HasPrefix(second, "run '"+testName) || strings.Count(second, "\n") != 1 {
		t.Errorf("%q: exit status %d, want 2 and %q\n%s%s", line, o.status, want, o.out, o.errors)
	}
}

// testName is the name of the program of this test.
var testName = ownName(os.Args[0])

func allCommands(t *testing.T) map[string]*cobra.Command {
	t.Helper()
	p := &program{name: product, stdout: io.Discard, stderr: io.Discard}
	root := p.root()
	root.InitDefaultHelpCmd() // as Execute does
	all := commands(root)
	for path := range all {
		_, isAsked := asked[path]
		_, isLocal := local[path]
		if isAsked == isLocal {
			t.Errorf("%q is in both lists of commands, or in none", path)
		}
	}
	if len(all) != len(asked)+len(local) {
		t.Errorf("there are %d commands, and the lists have %d and %d", len(all), len(asked), len(local))
	}
	return all
}

func TestEveryCommandHasHelp(t *testing.T) {
	for path, c := range allCommands(t) {
		o := run(t, path, "--help")
		if o.status != 0 || o.errors != "" || !strings.Contains(o.out, "Usage:\n  "+testName) || strings.Contains(o.out, "--config") == noConfig[path] {
			t.Errorf("%s --help: exit status %d\n%s%s", path, o.status, o.out, o.errors)
		}
		if asHelp := run(t, "help "+path); asHelp != o {
			t.Errorf("help %s differs from %s --help:\n%s", path, path, asHelp.out)
		}
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s is described as %q", path, c.Short)
		}
	}
}

func TestEveryCommandRefusesWhatItDoesNotKnow(t *testing.T) {
	for path, c := range allCommands(t) {
		sample := append(asked[path], local[path]...)
		checkUsage(t, run(t, path, append(sample, "--nope")...), append(sample, "--nope"), "unknown flag --nope")
		checkUsage(t, run(t, path, append(sample, "-?")...), append(sample, "-?"), "unknown flag -?")
		checkUsage(t, run(t, path, append(sample, "-test.v")...), append(sample, "-test.v"), "unknown flag -test.v")
		names := argNames(c)
		if c.Args == nil {
			t.Errorf("%s takes any arguments", path)
		}
		if path == "alerts dismiss" || path == "accounts set" || path == "rates set" || path == "help" {
			continue // they take any number, and have tests of their own
		}
		many := make([]string, len(names)+1)
		for i := range many {
			many[i] = "9"
		}
		if path == "balance adjust" || path == "settlements resolve" {
			many[0] = "alice"
		}
		checkUsage(t, run(t, path, many...), append([]string{path}, many...), `9"`)
		least := 0
		for i, name := range names {
			if !strings.Contains(strings.Fields(c.Use)[i+1], "[") {
				least++
			}
			empty := append([]string(nil), many[:len(names)]...)
			empty[i] = ""
			checkUsage(t, run(t, path, empty...), append([]string{path}, empty...), "the "+name+" is empty")
		}
		if least > 0 {
			checkUsage(t, run(t, path), []string{path}, "is missing")
		}
	}
}

func TestEveryFlagRefusesValuesThatMakeNoSense(t *testing.T) {
	for path, c := range allCommands(t) {
		_ = c.InheritedFlags() // merges them
		c.Flags().VisitAll(func(f *pflag.Flag) {
			for value, want := range wrongValues(f) {
				line := []string{"--" + f.Name + "=" + value}
				checkUsage(t, run(t, path, append(append(asked[path], local[path]...), line...)...), append([]string{path}, line...), want)
			}
		})
	}
}

// wrongValues returns values that a flag must refuse, and what its errors must say.
func wrongValues(f *pflag.Flag) map[string]string {
	switch f.Value.Type() {
	case "bool":
		return map[string]string{"maybe": `--` + f.Name + `: "maybe" is neither true nor false`}
	case "string":
		if f.Name == "reason" {
			return nil // it may be empty, except where validate says otherwise
		}
		return map[string]string{"": "--" + f.Name + " is empty"}
	}
	values := make(map[string]string) // our own types
	for _, value := range []string{"", "x", "0", "-1", "99999999999999999999"} {
		if f.Name == "scale" && value == "0" {
			continue // an asset may have no decimal places
		}
		values[value] = "--" + f.Name + `: "` + value + `" is n`
	}
	return values
}

// backupText returns a backup of an empty store.
func backupText(t *testing.T) string {
	t.Helper()
	s, err := disk.Open(t.TempDir(), disk.Options{Version: "1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := errors.Join(s.Backup(&out), s.Close()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Every command that asks a connector succeeds at one, and prints JSON if it should. At none
// it fails with one line.
func TestEveryCommandEndsAsDocumented(t *testing.T) {
	n, err := newNode()
	if err != nil {
		t.Fatal(err)
	}
	n.Backed = backupText(t)
	bob, _, err := config.ParseAccount("bob", []byte(`{"relation":"peer","plugin":"ilp-plugin-btp","assetCode":"USD","assetScale":4,
		"balance":{"maximum":"1"},"options":{"listener":{"port":1,"secret":"first"}}}`), config.Known{})
	if err != nil {
		t.Fatal(err)
	}
	n.Configs["bob"] = bob // whose secret can be rotated
	api, err := admin.New(n, admin.Options{Host: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api)
	defer server.Close()
	allCommands(t)
	for path, sample := range asked {
		for _, flags := range [][]string{{}, {"--json"}, {"-o", "json"}, {"-o", "wide"}, {"--output", "table"}} {
			args := append(append([]string{"--url", server.URL}, withFile(t, sample)...), flags...)
			o := run(t, path, args...)
			if slices.ContainsFunc(onlyOnce, func(text string) bool { return strings.Contains(o.errors, text) }) {
				continue // it was done before
			}
			if o.status != 0 || o.errors != "" {
				t.Errorf("%s %q: exit status %d\n%s", path, args, o.status, o.errors)
			}
			isJSON := json.Valid([]byte(o.out))
			if wantJSON := len(flags) > 0 && strings.HasSuffix(flags[len(flags)-1], "json"); wantJSON && !isJSON || !wantJSON && strings.HasPrefix(o.out, "{") {
				t.Errorf("%s %q prints\n%s", path, args, o.out)
			}
		}
		o := run(t, path, append([]string{"--url", "http://127.0.0.1:1"}, withFile(t, sample)...)...)
		if o.status != exitFailure || o.out != "" || strings.Count(o.errors, "\n") != 1 ||
			!strings.HasPrefix(o.errors, testName+": ") || !strings.Contains(o.errors, "cannot reach the admin API at http://127.0.0.1:1: ") {
			t.Errorf("%s without a connector: exit status %d\n%s%s", path, o.status, o.out, o.errors)
		}
	}
}

// onlyOnce is what errors say of changes that were made before, or cannot be made yet.
var onlyOnce = []string{
	"there is no invitation \"frida\"",
	"only an unknown one can be resolved", "the balance is not moved", "is already there", "account alice has no client", `there is no account "dave"`, "no change of an account",
}

// invitationText returns an invitation of another connector.
func invitationText(t *testing.T) string {
	t.Helper()
	scale := uint8(9)
	i, _, _, err := peering.Offer{ID: "x", Endpoint: "btp+ws://peer.example:7768", AssetCode: "XRP", AssetScale: &scale}.Invite(peering.Us{Address: "test.other"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return i.Text()
}

// withFile returns arguments with the path of a file that is not there in the place of FILE,
// with a file of balances or of clients in the place of BALANCES or CHILDREN, and with one of an
// account or of a configuration in that of ENTRY or CONFIG.
func withFile(t *testing.T, args []string) []string {
	t.Helper()
	args = append([]string(nil), args...)
	for i, arg := range args {
		path := filepath.Join(t.TempDir(), "file")
		text := map[string]string{"BALANCES": `{"accounts":{"bob":{"balance":"0"}}}`, "CHILDREN": `{"name":"carl","token":"c"}`,
			"CONFIG": "# etag: \"tag\"\nilpAddress: test.conn\naccounts: {}\n",
			"ENTRY":  "relation: child\nplugin: loopback\nassetCode: USD\nassetScale: 2\n", "INVITATION": invitationText(t)}[arg]
		switch arg {
		case "BALANCES", "CHILDREN", "CONFIG", "ENTRY", "INVITATION":
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			args[i] = path
		case "FILE":
			args[i] = path
		}
	}
	return args
}
