package test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// TestBackupUnderLoadIsRestored makes a backup while packets are paid, and starts another
// connector with it: its balances are those of one moment while the backup was made,
// both legs of each packet or neither.
func TestBackupUnderLoadIsRestored(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	k := newShopKeeper(t, filepath.Join(dir, "store"))
	k.start(t)
	p := k.pays(t)
	var paid atomic.Int64
	stop, stopped := make(chan struct{}), make(chan struct{})
	const payers = 4
	running := make(chan struct{}, payers)
	for n := range payers {
		go func() {
			defer func() { stopped <- struct{}{} }()
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if got := p.pay(t, 1, i*payers+n); got != "fulfilled" {
					t.Errorf("the packet is not fulfilled: %s", got)
					return
				}
				if paid.Add(1); i == 20 {
					running <- struct{}{}
				}
			}
		}()
	}
	for range payers {
		<-running
	}
	before, backup := paid.Load(), filepath.Join(dir, "backup.db")
	output, status := k.command(t, "store", "backup", backup)
	after := paid.Load() + payers // those whose answer is on its way
	close(stop)
	for range payers {
		<-stopped
	}
	if status != 0 || !strings.Contains(output, "balances     2") {
		t.Fatalf("%d: %s", status, output)
	}
	if info, err := os.Stat(backup); err != nil || info.Mode().String() != "-rw-------" {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	k.Kill()

	r := newShopKeeper(t, filepath.Join(dir, "restored"))
	if err := os.Mkdir(r.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(backup, filepath.Join(r.dir, "store.db")); err != nil {
		t.Fatal(err)
	}
	if output, status := r.command(t, "store", "verify"); status != 0 {
		t.Fatalf("%d: %s", status, output)
	}
	r.start(t)
	owed, owing, _ := strings.Cut(r.owed(t), " ")
	n, err := strconv.ParseInt(owed, 10, 64)
	if err != nil || n < before || n > after || owing != "-"+owed {
		t.Errorf("of at least %d and at most %d packets the ledger has %s and %s", before, after, owed, owing)
	}
	if got := r.pays(t).pay(t, 1, -1); got != "fulfilled" {
		t.Errorf("the restored connector answers %s", got)
	}
}

// TestKilledConnectorGoesOnWhereItWas compares the balances with what was answered, after
// each kill, and reads what the start says.
func TestKilledConnectorGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	k := newShopKeeper(t, filepath.Join(t.TempDir(), "store"))
	k.start(t)
	k.awaitLine(t, "lastRun=none journalRecords=0 lostRecords=0 balances=0 openSettlements=0 alerts=0")
	p := k.pays(t)
	for i := range 5 {
		if got := p.pay(t, 10, i); got != "fulfilled" {
			t.Fatal(got)
		}
	}
	k.Kill()
	k.start(t)
	k.awaitLine(t, "lastRun=killed journalRecords=")
	if strings.Contains(k.output.String(), "journalRecords=0") {
		t.Error("nothing was in the journal")
	}
	if got := k.owed(t); got != "50 -50" {
		t.Errorf("owed %s", got)
	}
	k.Stop()
	if code := k.exitCode(t); code != 0 {
		t.Errorf("it stops with %d", code)
	}
	k.start(t)
	k.awaitLine(t, "lastRun=stopped journalRecords=0 lostRecords=0 balances=2 openSettlements=0")
	if got := k.owed(t); got != "50 -50" {
		t.Errorf("owed %s", got)
	}
}
