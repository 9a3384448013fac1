package test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"go.etcd.io/bbolt"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/disk"
)

// start is how the connector is started.
type start struct {
	nobody bool     // by a user who may do nothing
	by     []string // by another program
}

// TestStoreThatCannotBeUsedIsRefused starts the connector with everything that can be
// wrong with its store: it says what, where and what to do, ends with status 1, and leaves
// every file as it was.
func TestStoreThatCannotBeUsedIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, dir string)
		start
		want []string // in what it says
	}{
		{
			"nothing may be made there", func(t *testing.T, dir string) {
				for _, name := range []string{"store.db", "store.journal"} {
					must(t, os.Remove(filepath.Join(dir, name)))
				}
				must(t, os.Chmod(dir, 0o555))
			}, start{nobody: true},
			[]string{"storePath (CONNECTOR_STORE_PATH): write in DIR: permission denied", "the user that runs the connector must be able to read and write it"},
		},
		{
			"the database may be read alone", func(t *testing.T, dir string) {
				must(t, os.Chmod(dir, 0o755))
				must(t, os.Chmod(filepath.Join(dir, "store.db"), 0o444))
			}, start{nobody: true},
			[]string{"open DIR/store.db", "permission denied", "the user that runs the connector must be able to read and write it"},
		},
		{
			"there is no room to make it", func(t *testing.T, dir string) {
				for _, name := range []string{"store.db", "store.journal"} {
					must(t, os.Remove(filepath.Join(dir, name)))
				}
			}, start{by: []string{"sh", "-c", `ulimit -f 16; exec "$@"`, "sh"}},
			[]string{"make a store in DIR: ", "file too large", "see ulimit -f, with systemd LimitFSIZE"},
		},
		{
			"a byte has changed", func(t *testing.T, dir string) { replace(t, dir, "5 2 USD", "9 2 USD") }, start{},
			[]string{"DIR/store.db is damaged: ", `the checksum of "balances/payer" is wrong`, "it was not changed: restore a backup"},
		},
		{
			"the database is empty", func(t *testing.T, dir string) { must(t, os.Truncate(filepath.Join(dir, "store.db"), 0)) }, start{},
			[]string{"DIR/store.db is damaged: it is empty", "it was not changed: restore a backup"},
		},
		{
			"the database is cut off", func(t *testing.T, dir string) { must(t, os.Truncate(filepath.Join(dir, "store.db"), 10_000)) }, start{},
			[]string{"DIR/store.db is damaged: ", "it was not changed: restore a backup"},
		},
		{
			"the database is no database", func(t *testing.T, dir string) {
				must(t, os.WriteFile(filepath.Join(dir, "store.db"), make([]byte, 1<<20), 0o600))
			}, start{},
			[]string{"DIR/store.db is damaged: ", "it was not changed: restore a backup"},
		},
		{
			"the journal is cut off", func(t *testing.T, dir string) { must(t, os.Truncate(filepath.Join(dir, "store.journal"), 5000)) }, start{},
			[]string{"DIR/store.journal is damaged: ", "restore a backup"},
		},
		{
			"the database is gone", func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, "store.db"))) }, start{},
			[]string{"DIR has a store.journal but no store.db", "put that back, or restore a backup"},
		},
		{
			"a later version has written it", later, start{},
			[]string{"DIR/store.db is from a later version: ", "it has format 3, ", "this version knows format 2", "it was not changed: use that version, or restore a backup"},
		},
		{
			"it is a file", func(t *testing.T, dir string) {
				must(t, os.RemoveAll(dir))
				must(t, os.WriteFile(dir, []byte("precious"), 0o600))
			}, start{},
			[]string{"storePath (CONNECTOR_STORE_PATH): DIR is not a directory: storePath names the directory that the store is kept in"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := indebted(t)
			c.spoil(t, k.dir)
			before := contents(t, k.dir)
			said, code := k.fails(t, c.nobody, c.by...)
			if code != 1 {
				t.Errorf("it ends with %d", code)
			}
			for _, want := range c.want {
				if !strings.Contains(said, strings.ReplaceAll(want, "DIR", k.dir)) {
					t.Errorf("it does not say %q:\n%s", want, said)
				}
			}
			if after := contents(t, k.dir); after != before {
				t.Errorf("there was\n%s\nand now there is\n%s", before, after)
			}
		})
	}
}

// fails starts a connector that is to end by itself.
func (k *shopKeeper) fails(t *testing.T, nobody bool, by ...string) (said string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	argv := append(by, mustBinary(t), "run")
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(k.environment(), "PATH="+os.Getenv("PATH"))
	if nobody && os.Getuid() == 0 { // to whom nothing is forbidden
		for _, dir := range []string{folder, filepath.Dir(k.dir), filepath.Dir(filepath.Dir(k.dir))} {
			must(t, os.Chmod(dir, 0o711)) // for nobody to come by
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	output, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(output), cmd.ProcessState.ExitCode()
}

// indebted is a connector with a store in which the payer owes 5. It does not run.
func indebted(t *testing.T) *shopKeeper {
	t.Helper()
	k := newShopKeeper(t, filepath.Join(t.TempDir(), "store"))
	s, err := disk.Open(k.dir, disk.Options{})
	must(t, err)
	must(t, s.Apply(store.Batch{{Key: "balances/payer", Value: []byte("5 2 USD")}, {Key: "balances/shop", Value: []byte("-5 2 USD")}}))
	must(t, s.Close())
	return k
}

// replace changes bytes of the database, everywhere.
func replace(t *testing.T, dir, old, new string) {
	t.Helper()
	name := filepath.Join(dir, "store.db")
	b, err := os.ReadFile(name)
	must(t, err)
	changed := bytes.ReplaceAll(b, []byte(old), []byte(new))
	if bytes.Equal(b, changed) {
		t.Fatalf("%q is not in the database", old)
	}
	must(t, os.WriteFile(name, changed, 0o600))
}

// later makes the store one of the next format, as a later version would.
func later(t *testing.T, dir string) {
	t.Helper()
	db, err := bbolt.Open(filepath.Join(dir, "store.db"), 0o600, nil)
	must(t, err)
	sum := crc32.Checksum([]byte("format3"), crc32.MakeTable(crc32.Castagnoli))
	sealed := append(binary.BigEndian.AppendUint32(nil, sum), '3')
	must(t, db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("format"), sealed) }))
	must(t, db.Close())
}

// TestSecondConnectorLeavesTheFirstWorking starts a connector where another one has its
// ledger.
func TestSecondConnectorLeavesTheFirstWorking(t *testing.T) {
	t.Parallel()
	k := newShopKeeper(t, filepath.Join(t.TempDir(), "store"))
	k.start(t)
	p := k.pays(t)
	if got := p.pay(t, 10, 0); got != "fulfilled" {
		t.Fatal(got)
	}
	said, code := newShopKeeper(t, k.dir).fails(t, false)
	want := fmt.Sprintf("%s is in use by process %d: only one connector can have a store; stop that one, or give this one another storePath", k.dir, k.PID())
	if code != 1 || !strings.Contains(said, want) {
		t.Errorf("the second ends with %d:\n%s", code, said)
	}
	if got := p.pay(t, 10, 1); got != "fulfilled" {
		t.Errorf("then the first answers %s", got)
	}
	if ready, why := k.ready(t); !ready {
		t.Errorf("it is not ready: %s", why)
	}
	if got := k.owed(t); got != "20 -20" {
		t.Errorf("owed %s", got)
	}
}

// TestNoMoneyWithoutRoomForIt takes the room from a connector that runs, by a limit on the
// size of its files, which fails a write as a full disk does: what a packet would move is
// refused, the operator sees why, and with room the ledger is what was answered.
func TestNoMoneyWithoutRoomForIt(t *testing.T) {
	t.Parallel()
	k := newShopKeeper(t, filepath.Join(t.TempDir(), "store"))
	k.start(t)
	p := k.pays(t)
	for i := range 3 {
		if got := p.pay(t, 10, i); got != "fulfilled" {
			t.Fatal(got)
		}
	}
	must(t, limitFiles(k.PID(), 0))
	for i := range 3 { // the first answer is held in vain, the others are refused before
		if got := p.pay(t, 10, 10+i); got != "T00" {
			t.Errorf("the packet is answered with %s", got)
		}
	}
	if got := p.pay(t, 0, 20); got != "fulfilled" {
		t.Errorf("without money it is answered with %s", got)
	}
	if ready, why := k.ready(t); ready || !strings.Contains(why, "balances cannot be written down any more") {
		t.Errorf("ready %t: %s", ready, why)
	}
	_, _, alerts := k.Admin.exchange(t, http.MethodGet, "/alerts", "")
	for _, want := range []string{"balances cannot be written down any more", k.dir + "/store.journal", "file too large"} {
		if !strings.Contains(alerts, want) {
			t.Errorf("%q is not in the alerts: %s", want, alerts)
		}
	}
	status, _, said := k.Admin.exchange(t, http.MethodPost, "/balance", `{"accountId":"payer","amountDiff":"5"}`)
	if status != http.StatusInternalServerError || !strings.Contains(said, "the edit was undone in memory") {
		t.Errorf("an edit is answered with %d %s", status, said)
	}
	// The shop was promised what we could not pass on, and the ledger does not know of it.
	if got := k.owed(t); got != "30 -40" {
		t.Errorf("owed %s", got)
	}
	k.Stop()
	if code := k.exitCode(t); code != 1 || strings.Count(k.output.String(), "the connector has stopped: ")+strings.Count(k.output.String(), "\n"+k.dir) != 1 {
		t.Errorf("it ends with %d, and says not once why", code)
	}
	k.start(t)
	if got := k.owed(t); got != "30 -30" {
		t.Errorf("with room the ledger has %s", got)
	}
	if got := k.pays(t).pay(t, 10, 30); got != "fulfilled" {
		t.Errorf("with room a packet is answered with %s", got)
	}
}

// limitFiles sets how large a process may make its files.
func limitFiles(pid int, size uint64) error {
	limit := syscall.Rlimit{Cur: size, Max: size}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid), syscall.RLIMIT_FSIZE, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	if errno != 0 {
		return fmt.Errorf("prlimit: %w", errno)
	}
	return nil
}
