package test

import (
	"errors"
	"fmt"
	"math/big"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// tracedPackets is how many packets are traced.
const tracedPackets = 600

// TestTraceSyncsBeforeFulfill looks at the system calls: each Fulfill is written upstream only after a sync of the
// journal that began when the Fulfill had been read downstream and its record been written to the journal, or after
// that record was written to a file on which each write is a sync as well (O_DSYNC). A kill
// could not tell: the system keeps what was written whether it was synced or not.
func TestTraceSyncsBeforeFulfill(t *testing.T) {
	t.Parallel()
	needsStrace(t)
	binary, err := ourBinary()
	if err != nil {
		t.Fatal(err)
	}
	seen, faults := trace(t, binary)
	for _, fault := range faults[:min(len(faults), faultsShown)] {
		t.Error(fault)
	}
	if seen < tracedPackets {
		t.Errorf("the trace has only %d Fulfills", seen)
	}
}

// TestTraceShowsWhatIsNotSynced shows that the test above can fail.
func TestTraceShowsWhatIsNotSynced(t *testing.T) {
	t.Parallel()
	needsStrace(t)
	for name, broken := range map[string][]change{
		"without hold":           withoutHold(),
		"written and not synced": notSynced(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			early := 0
			_, faults := trace(t, build(t, name, broken...))
			for _, fault := range faults {
				if errors.Is(fault, errNotSynced) {
					early++
				} else {
					t.Error(fault)
				}
			}
			if early == 0 {
				t.Error("every Fulfill was synced before it went upstream")
			}
		})
	}
}

// notSynced writes to the journal as if it were enough, by either way to write there.
func notSynced() []change {
	const file = "store/journal/file_linux.go"
	return []change{
		{file: file, old: "os.O_RDWR|syscall.O_DIRECT|syscall.O_DSYNC", new: "os.O_RDWR|syscall.O_DIRECT"},
		{file: file, old: "		err := syscall.Fdatasync(int(f.Fd()))\n", new: "		var err error\n"},
	}
}

// needsStrace skips a test on a machine on which nothing can be traced.
func needsStrace(t *testing.T) {
	t.Helper()
	if output, err := exec.Command("strace", "-f", "-o", "/dev/null", "true").CombinedOutput(); err != nil {
		t.Skipf("this test needs strace, and the right to trace: %v %s", err, output)
	}
}

// trace carries packets with several on their way, and says of how many Fulfills the trace has everything, and what
// is wrong with them.
func trace(t *testing.T, binary string) (seen int, faults []error) {
	t.Helper()
	w := newCrashWorld(t, crashOptions{argv: []string{binary}, durability: `"sync"`, senders: sendersPerReceiver})
	first := w.start() // makes the store
	w.balances(first)
	first.Stop()

	file := filepath.Join(t.TempDir(), "trace")
	w.argv = []string{"strace", "-f", "-o", file, "-yy", "-xx", "-s", "131072", "-e", "signal=none", "-e",
		"trace=openat,read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg,pwrite64,pwritev,pwritev2,fdatasync,fsync", binary}
	c := w.start()
	// strace does not pass on a signal, and would leave the connector behind if it were killed.
	everybody := func(signal syscall.Signal) { _ = syscall.Kill(-c.PID(), signal) }
	t.Cleanup(func() { everybody(syscall.SIGKILL) })
	w.balances(c)
	w.carry(c, tracedPackets, true, func() {
		everybody(syscall.SIGTERM)
		c.exitCode(t)
	})

	trace := newFulfillTrace(w, parseTrace(mustRead(t, file)))
	for _, s := range w.senders {
		for j := range s.slots {
			for number := 1; number <= s.slots[j].number; number++ {
				seen++
				if err := trace.check(s, stamp{s.index, j, number}); err != nil {
					faults = append(faults, fmt.Errorf("%s: packet %d of slot %d: %w", s.id, number, j, err))
				}
			}
		}
	}
	t.Logf("%d Fulfills, %d writes to the journal, %d syncs of it; faults with %d Fulfills", seen, len(trace.records), len(trace.syncs), len(faults))
	return seen, faults
}

// fulfillTrace is what a trace says of Fulfills.
type fulfillTrace struct {
	ports   map[string]int
	read    map[string]*stream // by socket
	written map[string]*stream
	records []journalWrite
	syncs   []systemCall
}

// journalWrite is a write to the journal.
type journalWrite struct {
	systemCall
	synced bool             // when it ends, as the file was opened so
	counts map[string][]int // by sender: of each slot, how many packets are in the balance
}

// balanceKept is a balance in the journal: the key, the length of what follows, the balance, its scale.
var balanceKept = regexp.MustCompile(`balances/(\w+)[\x00-\x1f](-?\d+) \d+ XRP`)

func newFulfillTrace(w *crashWorld, calls []systemCall) *fulfillTrace {
	f := &fulfillTrace{
		ports:   w.ports,
		read:    streams(calls, "read", "readv", "recvfrom", "recvmsg"),
		written: streams(calls, "write", "writev", "sendto", "sendmsg"),
	}
	synced := make(map[int]bool) // by number of the file
	for _, c := range calls {
		switch {
		case c.name == "openat":
			synced[c.fd] = strings.Contains(c.arguments, "O_DSYNC")
		case !strings.HasSuffix(c.file, "/store.journal"):
		case c.name == "fdatasync" || c.name == "fsync":
			f.syncs = append(f.syncs, c)
		case strings.HasPrefix(c.name, "pwrite"):
			r := journalWrite{c, synced[c.fd], make(map[string][]int)}
			for _, m := range balanceKept.FindAllSubmatch(c.data, -1) {
				for _, s := range w.senders {
					if s.id == string(m[1]) {
						balance, _ := new(big.Int).SetString(string(m[2]), 10)
						r.counts[s.id], _ = digitsOf(balance, s.unit, len(s.slots))
					}
				}
			}
			f.records = append(f.records, r)
		}
	}
	return f
}

var (
	errNotSeen     = errors.New("it is not in the trace")
	errNotKept     = errors.New("it is in no record of the journal")
	errNotAnswered = errors.New("it is in the journal before it was fulfilled")
	errNotSynced   = errors.New("it was written upstream before a sync of its record had ended")
)

// check finds the way of a Fulfill in the trace: read, then in a record, then synced, then written upstream.
func (f *fulfillTrace) check(s *crashSender, l stamp) error {
	preimage := l.preimage()
	_, read, ok := find(f.read, f.ports[s.to.id], preimage[:])
	upstream, _, ok2 := find(f.written, f.ports[s.id], preimage[:])
	if !ok || !ok2 {
		return errNotSeen
	}
	for _, r := range f.records {
		if counts := r.counts[s.id]; counts == nil || counts[l.slot] < l.number {
			continue
		}
		if r.begun <= read.end {
			return errNotAnswered
		}
		if r.synced && r.end < upstream.begun {
			return nil
		}
		for _, sync := range f.syncs {
			if sync.begun > r.end && sync.end < upstream.begun {
				return nil
			}
		}
		return errNotSynced
	}
	return errNotKept
}
