package docs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// symptom is what makes the programs of docs/apps.md fail as a row of its table says.
type symptom struct {
	says, cause string // the first two cells of the row
	file        string // the block that is changed, and how
	old, new    string
	away        bool // the app that is paid has gone
}

const (
	limitOfAlice = `    balance: { maximum: "1000000" }`
	limitOfBob   = `minimum: "-1000000"`
	precision    = "`Unable to establish connection, ...`"
	slowly       = "nothing for a minute, then " + precision
	timedOut     = "`Timed out before the desired amount was sent`"
)

var symptoms = []symptom{
	{says: "nothing, and hangs", cause: "-", file: "pay.js", old: "localhost:7768", new: "localhost:7799"},
	{says: "`connection aborted`", cause: "-", file: "pay.js", old: "token-of-alice", new: "token-of-bob"},
	{says: "`Cannot set property closed of ...`", cause: "-", file: "pay.js", old: "Object.defineProperty(", new: "void (0, "},
	{says: precision, cause: "`no_route`", file: "pay.js", old: "payee.destinationAccount,", new: "'test.acme.carol.x',"},
	{says: precision, cause: "`max_packet_amount`", file: "connector.yaml", old: limitOfAlice, new: limitOfAlice + "\n    maxPacketAmount: \"99\""},
	{says: precision, cause: "`rejected_by_peer`", file: "pay.js", old: "payee.sharedSecret,", new: "'bm90IHRoZSBzZWNyZXQgb2YgdGhlIHBheWVlLCBubyE=',"},
	{says: slowly, cause: "`not_connected`", away: true},
	{says: slowly, cause: "`maximum_balance`", file: "connector.yaml", old: limitOfAlice, new: `    balance: { maximum: "0" }`},
	{says: slowly, cause: "`minimum_balance`", file: "connector.yaml", old: limitOfBob, new: `minimum: "0"`},
	{says: slowly, cause: "`rate_limit`", file: "connector.yaml", old: limitOfAlice, // whose one packet asks for her address
		new: limitOfAlice + "\n    rateLimit: { refillPeriod: 600000, refillCount: 1, capacity: 1 }"},
	{says: timedOut, cause: "`maximum_balance`", file: "connector.yaml", old: limitOfAlice, new: `    balance: { maximum: "3000" }`},
	{says: timedOut, cause: "`minimum_balance`", file: "connector.yaml", old: limitOfBob, new: `minimum: "-3000"`},
	{says: timedOut, cause: "`throughput`", file: "connector.yaml", old: limitOfAlice,
		new: limitOfAlice + "\n    throughput: { refillPeriod: 60000, incomingAmount: \"3000\" }"},
	{says: timedOut, cause: "`rejected_by_peer`", file: "receive.js", old: "stream.setReceiveMax(1000000)", new: ""},
	{says: "`Stream was closed before the desired amount was sent`", cause: "`rejected_by_peer`", file: "receive.js",
		old: "setReceiveMax(1000000)", new: "setReceiveMax(1000)"},
}

// Each row of the table of docs/apps.md is what the npm client shows and the connector counts, when its cause is made.
func TestSymptomsAreThoseOfTheClient(t *testing.T) {
	page := pageOf(t, "docs/apps.md")
	rows := tableUnder(page, "| The app says |")
	if len(rows) != len(symptoms) {
		t.Errorf("the table has %d rows, and %d symptoms are tried", len(rows), len(symptoms))
	}
	for _, row := range rows {
		if !slices.ContainsFunc(symptoms, func(y symptom) bool { return y.says == row[0] && y.cause == row[1] }) {
			t.Errorf("nothing tries the row %q, %q", row[0], row[1])
		}
	}
	for _, y := range symptoms {
		t.Run(y.says+" "+y.cause, func(t *testing.T) {
			t.Parallel()
			if !slices.ContainsFunc(rows, func(row []string) bool { return y.says == row[0] && y.cause == row[1] }) {
				t.Fatal("the table has no such row")
			}
			if err := y.try(t, page); err != nil {
				t.Error(err)
			}
		})
	}
}

// tableUnder returns the rows of the table of a page whose first line begins with head.
func tableUnder(p *page, head string) (rows [][]string) {
	inside := false
	for _, l := range p.prose {
		begins := strings.HasPrefix(l.text, head)
		inside = begins || inside && strings.HasPrefix(l.text, "|")
		if !inside || begins || strings.HasPrefix(l.text, "|--") {
			continue
		}
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(l.text, "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		rows = append(rows, cells)
	}
	return rows
}

// Between its test packets the client waits for up to 20 s. In the tests it waits for a hundredth of that, and says at
// the end how many seconds the waits would have taken.
const hurry = `
const { StoppableTimeout } = require('ilp-protocol-stream/dist/src/util/stoppable-timeout')
const wait = StoppableTimeout.prototype.wait
let waited = 0
StoppableTimeout.prototype.wait = function (delay) { waited += delay; return wait.call(this, delay / 100) }
process.on('exit', () => console.log('waited ' + Math.round(waited / 1000)))
`

// try makes the cause, and compares what the app says and what the connector counts.
func (y symptom) try(t *testing.T, page *page) (err error) {
	s := &session{dir: t.TempDir(), ports: map[string]string{"7799": ""}, patience: patience}
	defer func() { err = errors.Join(err, s.stop()) }()
	sick, err := y.spoil(page)
	if err != nil {
		return err
	}
	if err := s.choosePorts(sick); err != nil {
		return err
	}
	if err := s.writeFiles(sick); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.dir, "hurry.js"), []byte(hurry), 0o600); err != nil {
		return err
	}
	for _, b := range sick.blocks {
		if b.has("background") {
			if err := s.runBlock(b); err != nil {
				return err
			}
		}
	}
	const waiting = "node -e 'JSON.parse(require(`fs`).readFileSync(`payee.json`))'\n"
	if err := s.runBlock(&block{lang: "sh", text: waiting}); err != nil {
		return err
	}
	if y.away {
		if err := s.leave("receive.js"); err != nil {
			return err
		}
	}
	return y.pay(s)
}

// spoil returns the page with the cause in it.
func (y symptom) spoil(p *page) (*page, error) {
	sick, changed := &page{path: p.path}, y.file == ""
	for _, b := range p.blocks {
		other := *b
		if b.options["title"] == "pay.js" && y.says == timedOut { // which is patient for a minute
			other.text = strings.ReplaceAll(other.text, "sendTotal(5000)", "sendTotal(5000, { timeout: 3000 })")
			changed = changed && other.text != b.text
		}
		if y.file != "" && b.options["title"] == y.file {
			before := other.text
			other.text = strings.ReplaceAll(other.text, y.old, y.new)
			changed = other.text != before
		}
		sick.blocks = append(sick.blocks, &other)
	}
	if !changed {
		return nil, fmt.Errorf("%s has nothing to change: %s", y.file, y.old)
	}
	return sick, nil
}

// leave kills a program in the background, and waits until the connector has noticed.
func (s *session) leave(words string) error {
	i := slices.IndexFunc(s.background, func(p *process) bool { return strings.Contains(p.command, words) })
	p := s.background[i]
	s.background = slices.Delete(s.background, i, i+1)
	_ = p.cmd.Process.Kill()
	_ = p.awaitEnd()
	return s.runBlock(&block{lang: "sh", text: "ilp-connector accounts | grep '^bob ' | grep -q connecting\n"})
}

var waited = regexp.MustCompile(`waited ([0-9]+)\n`)

// pay runs the app that pays.
func (y symptom) pay(s *session) error {
	command := "node -r ./hurry.js pay.js"
	if y.says == "nothing, and hangs" {
		command = "timeout 5 " + command
	}
	said, err := s.command(command, 0)
	if err != nil {
		return err
	}
	if s.exit == 0 {
		return fmt.Errorf("the app does not fail: %s", said)
	}
	counted, err := s.command("ilp-connector rejections", 0)
	if err != nil {
		return err
	}
	if err := y.compare(said); err != nil {
		return fmt.Errorf("%w%s", err, s.outputs())
	}
	if cause := strings.Trim(y.cause, "`"); cause != "-" && !strings.Contains(counted, " "+cause+" ") {
		return fmt.Errorf("the rejections have no %s:\n%s", cause, counted)
	}
	return nil
}

// compare returns an error if the app does not say what the row does.
func (y symptom) compare(said string) error {
	quoted := regexp.MustCompile("`([^`]+)`").FindStringSubmatch(y.says)
	if quoted == nil {
		if strings.TrimSpace(said) != "" {
			return fmt.Errorf("the app says %s", said)
		}
		return nil
	}
	if !strings.Contains(said, strings.TrimSuffix(quoted[1], "...")) {
		return fmt.Errorf("the app does not say %s but %s", quoted[1], said)
	}
	seconds := -1
	if m := waited.FindStringSubmatch(said); m != nil {
		seconds, _ = strconv.Atoi(m[1])
	}
	if minute := strings.HasPrefix(y.says, "nothing for a minute"); minute != (seconds >= 55) || seconds > 90 {
		return fmt.Errorf("the app would have waited for %d s between its test packets", seconds)
	}
	return nil
}
