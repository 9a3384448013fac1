package docs

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/rafikipeer"
)

// httpPage starts a connector of the page about HTTP, with the ports of the page as they are here.
func httpPage(t *testing.T) *session {
	t.Helper()
	s := newSession(t, "docs/http.md")
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// file returns what a file of the page holds.
func (s *session) file(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The reference and we, each with its configuration of the page, tell each other their routes.
func TestPageLinksUsWithTheReference(t *testing.T) {
	t.Parallel()
	s := httpPage(t)
	cmd := exec.Command("node", "-p", "JSON.stringify(require('./reference.config.js').apps[0].env)")
	cmd.Dir, cmd.Env = s.dir, append(os.Environ(), s.env...)
	text, err := cmd.Output()
	env := map[string]string{"CONNECTOR_ROUTE_BROADCAST_INTERVAL": "1000"}
	if err == nil {
		err = json.Unmarshal(text, &env)
	}
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	command := ""
	for name, value := range env {
		command += fmt.Sprintf("%s='%s' ", name, value)
	}
	const ends = "process.on('SIGTERM', () => process.exit(0))" // which the reference does not
	if err := os.WriteFile(filepath.Join(s.dir, "ends.js"), []byte(ends), 0o600); err != nil {
		t.Fatal(err)
	}
	command += "node --require ./ends.js --unhandled-rejections=warn $NODE_PATH/ilp-connector/dist/index.js"
	for _, c := range []string{"ilp-connector run --config ours-for-the-reference.yaml", command} {
		if _, err := s.start(c); err != nil {
			t.Fatal(err)
		}
	}
	err = s.retry("ilp-connector routes --config ours-for-the-reference.yaml", func(output string) error {
		if s.exit != 0 || !strings.Contains(output, "test.reference") {
			return fmt.Errorf("the reference has told no route: %s", output)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// Rafiki and we, each with its configuration of the page, send packets to each other.
func TestPageLinksUsWithRafiki(t *testing.T) {
	t.Parallel()
	s := httpPage(t)
	mutation := s.file(t, "peer.graphql")
	value := func(name string) string {
		found := regexp.MustCompile(name + `: \[?"([^"]*)"`).FindStringSubmatch(mutation)
		if found == nil {
			t.Fatalf("the mutation has no %s:\n%s", name, mutation)
		}
		return found[1]
	}
	rafiki := rafikipeer.Start(t, rafikipeer.Options{
		Address: "test.rafiki", Incoming: value("authTokens"), Outgoing: value("authToken"),
		Receive: func(prepare ilp.Prepare) ilp.Reply { return ilptest.Fulfill(prepare.Data()...) },
	})
	rafiki.Peer(value("endpoint"))
	ours := filepath.Join(s.dir, "ours-for-rafiki.yaml")
	text := strings.Replace(s.file(t, "ours-for-rafiki.yaml"), "http://127.0.0.1:"+s.ports["7792"], rafiki.URL("/"), 1)
	if err := os.WriteFile(ours, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.start("ilp-connector run --config ours-for-rafiki.yaml"); err != nil {
		t.Fatal(err)
	}
	err := s.retry("ilp-connector accounts --config ours-for-rafiki.yaml", func(output string) error {
		if s.exit != 0 || !strings.Contains(output, "connected") && !strings.Contains(output, "established") {
			return fmt.Errorf("rafiki is not connected: %s", output)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	reply := rafiki.Pay(ilptest.Prepare("test.rafiki.back", 5)) // which leads back to it
	if !reply.Fulfilled() {
		t.Errorf("the packet got %s %s", reply.Code(), reply.Message())
	}
	if rafiki.Sent() != 5 || rafiki.Received() != 5 || value("staticIlpAddress") != "test.ours" {
		t.Errorf("sent %d, received %d", rafiki.Sent(), rafiki.Received())
	}
}
