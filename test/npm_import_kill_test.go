package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/store/disk"
)

const (
	importedKeys = 3000
	importKills  = 20
)

// fillLevel and showLevel are scripts that fill a LevelDB in the folder of their argument, and print all that it has.
const (
	fillLevel = `const { ClassicLevel } = require('classic-level')
const db = new ClassicLevel(process.argv[1], { keyEncoding: 'utf8', valueEncoding: 'utf8' })
;(async () => {
  for (let i = 0; i < %d; i++) await db.put(['alice', 'bob'][i %% 2] + 'claim' + i, 'of ' + i + ' ' + 'x'.repeat(i %% 2000))
  await db.close()
})()`
	showLevel = `const { ClassicLevel } = require('classic-level')
const db = new ClassicLevel(process.argv[1], { keyEncoding: 'utf8', valueEncoding: 'utf8' })
;(async () => {
  for await (const [key, value] of db.iterator()) console.log(key + '=' + value)
  await db.close()
})()`
)

// killedImport is a store of the reference, and imports of it that are killed.
type killedImport struct {
	t      *testing.T
	binary string
	level  string // the folder of the store
}

// node runs a script with the folder of the store.
func (k *killedImport) node(script string) string {
	k.t.Helper()
	path, err := node()
	if err != nil {
		k.t.Fatal(err)
	}
	run := exec.CommandContext(k.t.Context(), path, "-e", script, k.level)
	run.Dir = "peers"
	output, err := run.Output()
	if err != nil {
		k.t.Fatalf("%v\n%s", err, output)
	}
	return string(output)
}

// importInto begins an import into a folder.
func (k *killedImport) importInto(ours string) (*exec.Cmd, *bytes.Buffer) {
	k.t.Helper()
	peers, err := filepath.Abs("peers")
	if err != nil {
		k.t.Fatal(err)
	}
	account := map[string]any{"relation": "peer", "plugin": probeFile(k.t, "plugin.js"), "assetCode": "USD", "assetScale": 2}
	document, err := json.Marshal(map[string]any{
		"ilpAddress": "test.conn", "backend": "one-to-one", "store": probeFile(k.t, "level-store.js"), "storePath": k.level,
		"ledgerPath": ours, "nodeHost": map[string]any{"cwd": peers}, "accounts": map[string]any{"alice": account, "bob": account},
	})
	file := ours + ".json"
	if err == nil {
		err = os.WriteFile(file, document, 0o600)
	}
	if err != nil {
		k.t.Fatal(err)
	}
	output := new(bytes.Buffer)
	run := exec.CommandContext(k.t.Context(), k.binary, "store", "import", "--config", file, "--json")
	run.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(peers, "node_modules"))
	run.Stdout, run.Stderr = output, output
	run.WaitDelay = 10 * time.Second
	if err := run.Start(); err != nil {
		k.t.Fatal(err)
	}
	return run, output
}

// complete imports to the end. The store may still be held for a moment by the process of an import that was killed.
func (k *killedImport) complete(ours string) {
	k.t.Helper()
	var said string
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		run, output := k.importInto(ours)
		err := run.Wait()
		said = output.String()
		if err == nil {
			return
		}
		if !strings.Contains(said, "lock") && !strings.Contains(said, "LOCK") {
			break
		}
	}
	k.t.Fatalf("the import does not end: %s", said)
}

// imported returns what our store has for plugins.
func (k *killedImport) imported(ours string) map[string]string {
	k.t.Helper()
	got := make(map[string]string)
	if _, err := disk.Read(ours, func(key string, value []byte) {
		if strings.HasPrefix(key, "plugins/") {
			got[key] = string(value)
		}
	}); err != nil {
		k.t.Fatal(err)
	}
	return got
}

// Whenever an import is killed, another one ends it: with the same result, and the store of the reference as it was.
func TestImportThatIsKilledGoesOn(t *testing.T) {
	t.Parallel()
	binary, err := ourBinary()
	if err != nil {
		t.Fatal(err)
	}
	k := &killedImport{t: t, binary: binary, level: filepath.Join(t.TempDir(), "level")}
	k.node(fmt.Sprintf(fillLevel, importedKeys))
	before := k.node(showLevel)
	folder := t.TempDir()
	began := time.Now()
	whole := filepath.Join(folder, "whole")
	k.complete(whole)
	took := time.Since(began)
	want := k.imported(whole)
	if len(want) != importedKeys {
		t.Fatalf("%d keys are imported, want %d", len(want), importedKeys)
	}
	tries, killed, partial := 0, 0, make(map[string]bool)
	ours := ""
	for i := 0; i < importKills || len(partial) == 0 && i < 3*importKills || i%4 > 0; i++ {
		if i%4 == 0 { // otherwise the import that was killed is killed again
			ours = filepath.Join(folder, fmt.Sprint("killed", i))
		}
		tries++
		run, _ := k.importInto(ours)
		ended := make(chan error, 1)
		go func() { ended <- run.Wait() }()
		timer := time.NewTimer((took*time.Duration(i*7%importKills) + rand.N(took)) / importKills) // at all moments, in no order
		select {
		case <-timer.C:
			_ = run.Process.Kill()
			<-ended
			killed++
		case <-ended:
			timer.Stop()
		}
		if _, err := os.Stat(filepath.Join(ours, "store.db")); err == nil {
			got := k.imported(ours)
			for key, value := range got {
				if want[key] != value {
					t.Fatalf("kill %d: %s is %.80q", i, key, value)
				}
			}
			if len(got) > 0 && len(got) < len(want) {
				partial[ours] = true
			}
		}
		if i%4 == 3 {
			k.complete(ours)
			if got := k.imported(ours); !maps.Equal(got, want) {
				t.Errorf("kill %d: %d keys, want %d", i, len(got), len(want))
			}
		}
	}
	if after := k.node(showLevel); after != before {
		t.Error("the store of the reference has changed")
	}
	if len(partial) == 0 {
		t.Error("no import was killed in the midst of its keys")
	}
	t.Logf("%d of %d were killed within %v, %d imports of %d in the midst of their keys", killed, tries, took, len(partial), tries/4)
}
