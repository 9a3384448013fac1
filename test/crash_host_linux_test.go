package test

import (
	"flag"
	"maps"
	"math/big"
	"syscall"
	"testing"
	"time"
)

// How often the process is killed, and hangs. The short form takes half a minute; `-host-kills 100 -host-hangs 20` is the
// long one, and takes some minutes.
var (
	hostKills = flag.Int("host-kills", 10, "how often TestCrashNodeHost kills the node host")
	hostHangs = flag.Int("host-hangs", 3, "how often TestCrashNodeHost stops the node host for longer than nodeHost.hangTimeout")
)

const (
	hostCarried = 100 // packets of each flow between two kills
	// It is killed at random in this time from then on, and now and then while it starts.
	hostLoadTime, hostStartTime = 50 * time.Millisecond, 400 * time.Millisecond
)

// What a connector may use more at the end than at the beginning. A session that stays has a buffer of 64 kB, so all of
// the short form would have 832 kB.
const (
	goroutinesMore = 4
	filesMore      = 2
	heapMore       = 384 << 10
)

// TestCrashNodeHost kills the node host under load, and has it hang, again and again. 64 packets are on their way from a
// hosted account to one that is built in, 64 the other way, and 64 between two that are built in. Then the books are
// compared with what both ends of each flow hold:
//
//   - between accounts that are built in, each packet is fulfilled, and both balances are the sum
//   - from a hosted account, both balances are the sum of what the receiver has fulfilled. The sender may lack Fulfills:
//     those that were on their way to it when its process died
//   - to a hosted account, both balances are the sum of what the sender holds Fulfills for. The receiver may have
//     fulfilled more: what was on its way back when the process died. The sender was told T01
func TestCrashNodeHost(t *testing.T) {
	t.Parallel()
	w := newHostWorld(t, build(t, "that starts node hosts quickly", quickRestarts()...),
		[2]string{"hosted0", "builtin0"}, [2]string{"builtin1", "hosted1"}, [2]string{"builtin2", "builtin3"})
	w.connect()
	w.load()
	w.carry(10 * hostCarried)
	w.awaitNode()
	w.rest()
	before := w.use()

	began := time.Now()
	w.load()
	w.killNode(*hostKills, *hostHangs)
	w.carry(hostCarried)
	w.rest()
	w.mustHaveAll(time.Since(began))
	w.mustUse(before)
	w.mustEnd()
}

// killNode kills the process, and stops it, as often as is said and in an order at random.
func (w *hostWorld) killNode(kills, hangs int) {
	w.t.Helper()
	for kills+hangs > 0 {
		pid := w.pids[len(w.pids)-1]
		hang := w.random.IntN(kills+hangs) < hangs
		if !hang && w.random.IntN(4) == 0 {
			w.pause(hostStartTime)
		} else {
			w.carry(hostCarried)
			w.pause(hostLoadTime)
		}
		if hang {
			hangs--
			must(w.t, syscall.Kill(pid, syscall.SIGSTOP))
		} else {
			kills--
			must(w.t, syscall.Kill(pid, syscall.SIGKILL))
		}
		awaitGone(w.t, pid)
		w.awaitNode()
	}
}

// mustHaveAll compares the books with what both ends of each flow hold.
func (w *hostWorld) mustHaveAll(took time.Duration) {
	w.t.Helper()
	balances := w.c.Admin.balances(w.t)
	deaths := len(w.pids) - 1
	if want := *hostKills + *hostHangs; deaths != want {
		w.t.Errorf("the process was started again %d times, and %d have ended", deaths, want)
	}
	w.t.Logf("%d kills and %d hangs in %v", *hostKills, *hostHangs, took.Round(time.Second))
	doubtful := 0
	for _, f := range w.flows {
		s := f.judge()
		w.t.Logf("%s: %d packets, %d fulfilled, %d refused, %d lost with their connection; %d fulfilled by the receiver alone; "+
			"the slowest took %v", f, s.sent, s.fulfilled, s.refused, s.lost, s.doubtful, f.slowest.Round(time.Millisecond))
		for i, fault := range s.faults {
			if i == faultsShown {
				w.t.Errorf("and %d more", len(s.faults)-i)
				break
			}
			w.t.Error(fault)
		}
		booked := &s.owed
		if f.hostedTo {
			booked = &s.held
		}
		if got := balances[f.from.id]; got != booked.String() {
			w.t.Errorf("%s: the sender owes %s, and it should be %s", f, got, booked)
		}
		if got, want := balances[f.to.id], new(big.Int).Neg(booked).String(); got != want {
			w.t.Errorf("%s: the balance of the receiver is %s, and it should be %s", f, got, want)
		}
		if s.doubtful > deaths*hostInFlight {
			w.t.Errorf("%s: %d Fulfills are lost, and %d processes cannot have had so many", f, s.doubtful, deaths)
		}
		doubtful += s.doubtful
	}
	if doubtful == 0 {
		w.t.Error("no process had a Fulfill when it died, so that this test proves little")
	}
}

// mustUse compares what the connector uses with what it used before.
func (w *hostWorld) mustUse(before hostUse) {
	w.t.Helper()
	var now hostUse
	poll(w.t, "the connector to rest", w.c.exited, func() bool {
		now = w.use()
		return now.goroutines <= before.goroutines+goroutinesMore && now.files <= before.files+filesMore
	})
	w.t.Logf("before and after: %d and %d goroutines, %d and %d files, %d and %d kB of heap", before.goroutines, now.goroutines,
		before.files, now.files, before.heap>>10, now.heap>>10)
	if now.heap > before.heap+heapMore {
		w.t.Errorf("the heap has grown from %d to %d kB", before.heap>>10, now.heap>>10)
	}
	w.mustIdle(w.c.PID(), w.pids[len(w.pids)-1])
}

// mustIdle measures what processes do when there is nothing to do.
func (w *hostWorld) mustIdle(pids ...int) {
	w.t.Helper()
	const span, most = 2 * time.Second, 200 * time.Millisecond
	before := make([]time.Duration, len(pids))
	for i, pid := range pids {
		before[i] = usedBy(w.t, pid)
	}
	<-time.After(span)
	for i, pid := range pids {
		if used := usedBy(w.t, pid) - before[i]; used > most {
			w.t.Errorf("process %d has used %v of CPU in %v without a packet", pid, used, span)
		}
	}
}

// mustEnd stops the connector. It leaves no process, and has written the balances down.
func (w *hostWorld) mustEnd() {
	w.t.Helper()
	balances := w.c.Admin.balances(w.t)
	w.disconnect()
	w.c.Stop()
	for _, pid := range w.pids {
		awaitGone(w.t, pid)
	}
	w.c = w.start()
	if again := w.balances(w.c); !maps.Equal(again, balances) {
		w.t.Errorf("the balances were %v, and after a restart they are %v", balances, again)
	}
}

// TestCrashLeavesNoNodeHost kills the connector, which takes its node host with it. Linux kills it, and elsewhere it reads
// the end of its socket.
func TestCrashLeavesNoNodeHost(t *testing.T) {
	t.Parallel()
	binary, err := ourBinary()
	if err != nil {
		t.Fatal(err)
	}
	byEnd := build(t, "whose node host reads the end", change{
		file: "nodehost/process_linux.go", old: ", Pdeathsig: syscall.SIGKILL", new: "",
	})
	for name, binary := range map[string]string{"by a signal": binary, "by the end of its socket": byEnd} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newHostWorld(t, binary, [2]string{"hosted0", "builtin0"})
			w.connect()
			w.load()
			w.carry(hostCarried)
			pid := w.awaitNode()
			if name == "by a signal" {
				must(t, syscall.Kill(pid, syscall.SIGSTOP)) // it can do nothing for it
			}
			w.c.Kill()
			awaitGone(t, pid)
		})
	}
}
