package docs

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// holdTimeMax is the default of maxHoldTime in milliseconds: a stop may take that long.
const holdTimeMax = 30000

// app is what pm2 reads in a launch.config.js.
type app struct {
	Script      string            `json:"script"`
	Interpreter string            `json:"interpreter"`
	KillTimeout int               `json:"kill_timeout"`
	Env         map[string]string `json:"env"`
}

// Node.js evaluates the file for pm2, as pm2 does, and the test starts what it says, with the accounts and the balances
// of the page about the swap.
func TestLaunchConfigStartsTheConnector(t *testing.T) {
	s := newSession(t, "docs/pm2.md")
	cmd := exec.Command("node", "-p", "JSON.stringify(require('./after.config.js').apps)")
	cmd.Dir, cmd.Env = s.dir, append(os.Environ(), s.env...)
	text, err := cmd.Output()
	var apps []app
	if err == nil {
		err = json.Unmarshal(text, &apps)
	}
	if err != nil || len(apps) != 1 {
		t.Fatalf("%s, %v", text, err)
	}
	a := apps[0]
	if path.Base(a.Script) != "ilp-connector" || a.Interpreter != "none" || a.KillTimeout < holdTimeMax {
		t.Errorf("pm2 would not run the binary, or would not let it finish: %+v", a)
	}
	swap := newSession(t, "docs/migrating.md")
	variables := swap.variables(t)
	for _, name := range []string{"CONNECTOR_ILP_ADDRESS", "CONNECTOR_ACCOUNTS"} { // a parent would have to be there
		a.Env[name] = variables[name]
	}
	swap.serve(t, a.Env)
}

// Docker takes what stands behind the first "=" as it is. systemd does the same if the value has no quotes around it
// and no backslash.
func TestFileOfVariablesStartsTheConnector(t *testing.T) {
	s := newSession(t, "docs/migrating.md")
	s.serve(t, s.variables(t))
}

// variables reads the file of variables.
func (s *session) variables(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "environment"))
	if err != nil {
		t.Fatal(err)
	}
	env := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if !ok || !strings.HasPrefix(name, "CONNECTOR_") || value == "" || strings.ContainsAny(value[:1], `"'`) ||
			strings.Contains(value, `\`) || strings.TrimSpace(value) != value {
			t.Errorf("systemd and Docker would not read the line alike: %s", line)
		}
		env[name] = value
	}
	return env
}

// The drop-in runs the program of the unit without the configuration file, which would have to exist.
func TestDropInRunsTheProgramOfTheUnit(t *testing.T) {
	unit, err := os.ReadFile(filepath.Join(root, "deploy", "ilp-connector.service"))
	if err != nil {
		t.Fatal(err)
	}
	program := regexp.MustCompile(`(?m)^ExecStart=(\S+) run --config `).FindSubmatch(unit)
	if program == nil {
		t.Fatal("the unit has no ExecStart with a configuration file")
	}
	i := slices.IndexFunc(pageOf(t, "docs/migrating.md").blocks, func(b *block) bool { return b.options["title"] == "variables.conf" })
	want := fmt.Sprintf("[Service]\nLoadCredential=\nExecStart=\nExecStart=%s\n", program[1])
	if got := pageOf(t, "docs/migrating.md").blocks[i].text; got != want {
		t.Errorf("the drop-in is\n%swant\n%s", got, want)
	}
	if !strings.Contains(string(unit), "EnvironmentFile=-/etc/ilp-connector/environment\n") {
		t.Error("the unit reads no /etc/ilp-connector/environment")
	}
}

// newSession returns a session with the files of a page.
func newSession(t *testing.T, page string) *session {
	t.Helper()
	p := pageOf(t, page)
	s := &session{dir: t.TempDir(), ports: make(map[string]string), patience: patience}
	if err := s.choosePorts(p); err != nil {
		t.Fatal(err)
	}
	if err := s.writeFiles(p); err != nil {
		t.Fatal(err)
	}
	return s
}

// serve starts a connector with variables and a store of the test, imports the balances of the page into it, and stops
// it as pm2 does.
func (s *session) serve(t *testing.T, env map[string]string) {
	t.Helper()
	defer func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	}()
	env["CONNECTOR_STORE_PATH"] = filepath.Join(s.dir, "store")
	for name, value := range env {
		s.exported += fmt.Sprintf("export %s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`))
	}
	for _, b := range []*block{
		{lang: "console", text: "$ ilp-connector check\nok: test.acme, 1 account, 0 routes, rates from one-to-one, store bolt, 0 warnings\n"},
		{lang: "sh", options: map[string]string{"background": ""}, text: "ilp-connector\n"},
		{lang: "console", text: "$ ilp-connector balance import balances.json\n...\n1 of 1 balances were set\n"},
		{lang: "text", options: map[string]string{"interrupt": "ilp-connector"}, text: "...\n... msg=stopped unanswered=0\n"},
	} {
		if err := s.runBlock(b); err != nil {
			t.Fatal(err)
		}
	}
}
