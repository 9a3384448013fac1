package speaker

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ccp"
)

// midnight is the time at which all conversations begin.
var midnight = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func at(ms int) time.Time { return midnight.Add(time.Duration(ms) * time.Millisecond) }

// testTimers are the defaults of the reference.
var testTimers = Timers{Broadcast: 30 * time.Second, Expiry: 45 * time.Second}

// word is an event of a receiver.
type word func(r *receiver, now time.Time) (action, error)

func connects(r *receiver, now time.Time) (action, error)    { return r.Connect(now), nil }
func disconnects(r *receiver, now time.Time) (action, error) { return r.Disconnect(now), nil }
func tick(r *receiver, now time.Time) (action, error)        { return r.Tick(now), nil }
func clean(r *receiver, now time.Time) (action, error)       { return r.Clean(now), nil }
func restarts(r *receiver, now time.Time) (action, error)    { r.Restarted(now); return action{}, nil }
func floods(r *receiver, now time.Time) (action, error)      { return r.Suspend(now), nil }
func renews(r *receiver, _ time.Time) (action, error)        { return r.Reset(), nil }

// yes and no answer the control that is under way; late answers the one before.
func yes(r *receiver, now time.Time) (action, error) {
	r.Answered(r.request.id, nil, now)
	return action{}, nil
}

func no(r *receiver, now time.Time) (action, error) {
	r.Answered(r.request.id, errors.New("not now"), now)
	return action{}, nil
}

// declinesRoutes answers it as a parent does that exchanges no routes with its children.
func declinesRoutes(r *receiver, now time.Time) (action, error) {
	r.Answered(r.request.id, &ccp.RejectedError{Code: ilp.F00, Message: string(controlFromNonPeer)}, now)
	return action{}, nil
}

// withholds answers it as a neighbor with sendRoutes: false does.
func withholds(r *receiver, now time.Time) (action, error) {
	r.Answered(r.request.id, &ccp.RejectedError{Code: ilp.F00, Message: string(notSending)}, now)
	return action{}, nil
}

func late(r *receiver, now time.Time) (action, error) {
	r.Answered(r.request.id-1, nil, now)
	return action{}, nil
}

// tells is an update of the epochs from up to to, of a table that is at current.
func tells(table byte, from, to, current uint32) word {
	return says("test.n", table, from, to, current, 45000)
}

func says(speaker string, table byte, from, to, current, holdDown uint32) word {
	return func(r *receiver, now time.Time) (action, error) {
		return r.Update(&ccp.RouteUpdate{
			RoutingTableID: [16]byte{table}, FromEpoch: from, ToEpoch: to, CurrentEpoch: current, HoldDownTime: holdDown, Speaker: speaker,
		}, now)
	}
}

// step is an event, its time, and its result: the state and the action, as outcome writes
// them.
type step struct {
	at   int // milliseconds
	word word
	want string
}

func outcome(r *receiver, o action, err error) string {
	out := []string{r.state.String()}
	for _, word := range []struct {
		is   bool
		text string
	}{
		{o.Drop, "drop"}, {o.Demote, "demote"}, {o.Restore, "restore"}, {o.Apply, "apply"},
	} {
		if word.is {
			out = append(out, word.text)
		}
	}
	if c := o.Control; c != nil {
		out = append(out, fmt.Sprintf("%s %d/%d", c.Mode, c.LastKnownRoutingTableID[0], c.LastKnownEpoch))
	}
	if err != nil {
		out = append(out, "error: "+err.Error())
	}
	return strings.Join(out, ", ")
}

// A provider sends most of its customers no routes. Their questions must cost little.
func TestDeclinedSessionAsksRarely(t *testing.T) {
	r, now, asked := newReceiver(testTimers, midnight), midnight, 0
	r.Connect(now)
	for end := now.Add(24 * time.Hour); now.Before(end); now = r.Deadline() {
		if a := r.Tick(now); a.Control != nil {
			asked++
			_, _ = declinesRoutes(r, now.Add(time.Millisecond))
		}
		if r.Stuck(now) != (r.state == Declined && now.Sub(r.since) >= stuckTime) {
			t.Fatalf("stuck %t after %v", r.Stuck(now), now.Sub(r.since))
		}
	}
	if want := 4 + 24*60/5 - 1; asked != want {
		t.Errorf("it has asked %d times in a day, want %d", asked, want)
	}
}

// established is the beginning of all conversations about established sessions.
var established = []step{
	{0, connects, "requested"},
	{50, tick, "requested, SYNC 0/0"},
	{60, yes, "syncing"},
	{100, tells(1, 0, 5, 5), "established, apply"},
}

func TestReceiverConversations(t *testing.T) {
	for name, steps := range map[string][]step{
		"first sync": {
			{0, connects, "requested"},
			{49, tick, "requested"},
			{50, tick, "requested, SYNC 0/0"},
			{51, tick, "requested"},
			{60, yes, "syncing"},
			{210, tells(1, 0, 50, 120), "syncing, apply"},
			{360, tells(1, 50, 100, 120), "syncing, apply"},
			{510, tells(1, 100, 120, 120), "established, apply"},
			{660, tells(1, 120, 121, 122), "syncing, apply"},
			{810, tells(1, 121, 122, 122), "established, apply"},
		},
		"updates before the answer": {
			{0, connects, "requested"},
			{50, tick, "requested, SYNC 0/0"},
			{60, tells(1, 0, 5, 5), "established, apply"},
			{70, yes, "established"},
			{80, tick, "established"},
		},
		"an update before we ask": {
			{0, connects, "requested"},
			{10, tells(1, 0, 5, 5), "established, apply"},
			{50, tick, "established, SYNC 1/5"}, // for the features
			{60, yes, "established"},
			{70, tells(1, 5, 5, 5), "established, apply"},
			{9999, tick, "established"},
		},
		"heartbeats": append(established[:len(established):len(established)],
			step{30100, tells(1, 5, 5, 5), "established, apply"},
			step{60100, tells(1, 5, 5, 5), "established, apply"},
			step{105000, clean, "established"},
			step{105100, clean, "stale, drop"},
		),
		"short hold-down": {
			{0, connects, "requested"},
			{50, tick, "requested, SYNC 0/0"},
			{60, yes, "syncing"},
			{100, says("test.n", 1, 0, 1, 1, 1500), "established, apply"},
			{1599, clean, "established"},
			{1600, clean, "stale, drop"},
		},
		"gap": append(established[:len(established):len(established)],
			step{1000, tells(1, 7, 9, 9), "requested"},
			step{1050, tells(1, 9, 10, 10), "requested"},
			step{1099, tick, "requested"},
			step{1100, tick, "requested, SYNC 1/5"},
			step{1110, yes, "syncing"},
			step{1120, tells(1, 5, 10, 10), "established, apply"},
			step{9999, tick, "established"},
		),
		"gap that does not close": append(established[:len(established):len(established)],
			step{1000, tells(1, 7, 9, 9), "requested"},
			step{1100, tick, "requested, SYNC 1/5"},
			step{1110, yes, "syncing"},
			step{1120, tells(1, 7, 9, 9), "requested"},
			step{1319, tick, "requested"},
			step{1320, tick, "requested, SYNC 1/5"},
		),
		"gap closes by itself": append(established[:len(established):len(established)],
			step{1000, tells(1, 7, 9, 9), "requested"},
			step{1050, tells(1, 5, 9, 9), "established, apply"},
			step{1100, tick, "established"},
		),
		"old and overlapping updates": append(established[:len(established):len(established)],
			step{1000, tells(1, 0, 4, 5), "established"},
			step{1001, tells(1, 0, 5, 5), "established, apply"},
			step{1002, tells(1, 3, 8, 9), "syncing, apply"},
			step{1003, tells(1, 8, 9, 9), "established, apply"},
		),
		"new table": append(established[:len(established):len(established)],
			step{1000, says("test.other", 2, 0, 3, 3, 45000), "established, drop, apply"},
			step{1001, tells(1, 5, 6, 6), "requested, drop"}, // the old one again is a new one
		),
		"new table from the middle": append(established[:len(established):len(established)],
			step{1000, tells(2, 3, 4, 4), "requested, drop"},
			step{1100, tick, "requested, SYNC 2/0"},
			step{1110, yes, "syncing"},
			step{1120, tells(2, 0, 4, 4), "established, apply"},
		),
		"refused control": {
			{0, connects, "requested"},
			{50, tick, "requested, SYNC 0/0"},
			{60, no, "requested"},
			{159, tick, "requested"},
			{160, tick, "requested, SYNC 0/0"},
			{170, no, "requested"},
			{369, tick, "requested"},
			{370, tick, "requested, SYNC 0/0"},
			{380, yes, "syncing"},
			{400, tells(1, 0, 0, 0), "established, apply"},
		},
		"declined": {
			{0, connects, "requested"},
			{50, tick, "requested, SYNC 0/0"},
			{60, declinesRoutes, "declined"},
			{359, tick, "declined"},
			{360, tick, "declined, SYNC 0/0"}, // perhaps it was not ready
			{370, declinesRoutes, "declined"},
			{1370, tick, "declined, SYNC 0/0"},
			{1380, declinesRoutes, "declined"},
			{6380, tick, "declined, SYNC 0/0"},
			{6390, declinesRoutes, "declined"},
			{306389, tick, "declined"},
			{306390, tick, "declined, SYNC 0/0"},
			{306400, no, "requested"}, // it is in trouble
			{306500, tick, "requested, SYNC 0/0"},
			{306510, declinesRoutes, "declined"},
			{306520, disconnects, "idle"},
			{307000, connects, "requested"},
			{307050, tick, "requested, SYNC 0/0"}, // at once
			{307060, declinesRoutes, "declined"},
			{307360, tick, "declined, SYNC 0/0"},
			{307370, yes, "syncing"},
			{307500, tells(1, 0, 0, 0), "established, apply"},
		},
		"declined for certain": {
			{0, connects, "requested"},
			{50, tick, "requested, SYNC 0/0"},
			{60, withholds, "declined"},
			{300059, tick, "declined"},
			{300060, tick, "declined, SYNC 0/0"},
			{300070, declinesRoutes, "declined"},
			{600069, tick, "declined"},
			{600070, tick, "declined, SYNC 0/0"},
		},
		"declined, then it has been restarted": {
			{0, connects, "requested"},
			{50, tick, "requested, SYNC 0/0"},
			{60, declinesRoutes, "declined"},
			{70, restarts, "declined"},
			{120, tick, "declined, SYNC 0/0"},
			{130, yes, "syncing"},
		},
		"declined by a neighbor whose routes we have": append(established[:len(established):len(established)],
			step{1000, disconnects, "stale, demote"},
			step{1100, connects, "requested"},
			step{1150, tick, "requested, SYNC 1/5"},
			step{1160, declinesRoutes, "declined"},
			step{1460, tick, "declined, SYNC 1/5"},
			step{1470, declinesRoutes, "declined"},
			step{2470, tick, "declined, SYNC 1/5"},
			step{2480, declinesRoutes, "declined"},
			step{3100, tick, "declined, drop"},
			step{3110, disconnects, "idle"},
		),
		"control without an answer": {
			{0, connects, "requested"},
			{50, tick, "requested, SYNC 0/0"},
			{10049, tick, "requested"},
			{10050, tick, "requested"},
			{10060, late, "requested"},
			{10150, tick, "requested, SYNC 0/0"},
			{10160, late, "requested"}, // the answer to the first
			{10170, yes, "syncing"},
		},
		"yes, and nothing after it": {
			{0, connects, "requested"},
			{50, tick, "requested, SYNC 0/0"},
			{60, yes, "syncing"},
			{45059, clean, "syncing"},
			{45060, clean, "stale"},
			{45060, tick, "stale, SYNC 0/0"},
			{45070, yes, "syncing"},
		},
		"silence": append(established[:len(established):len(established)],
			step{45099, clean, "established"},
			step{45100, clean, "stale, drop"},
			step{45100, tick, "stale, SYNC 0/0"},
			step{45200, no, "stale"},
			step{45300, tick, "stale, SYNC 0/0"},
			step{45310, yes, "syncing"},
			step{45320, tells(1, 0, 5, 5), "established, apply"},
		),
		"silence again and again": append(established[:len(established):len(established)],
			step{45100, clean, "stale, drop"},
			step{45100, tick, "stale, SYNC 0/0"},
			step{45110, yes, "syncing"},
			step{45120, says("test.n", 1, 0, 5, 5, 1000), "established, apply"},
			step{46120, clean, "stale, drop"},
			step{46219, tick, "stale"}, // a little later than the first time
			step{46220, tick, "stale, SYNC 0/0"},
			step{46225, yes, "syncing"},
			step{46230, says("test.n", 1, 0, 5, 5, 1000), "established, apply"},
			step{47230, clean, "stale, drop"},
			step{47529, tick, "stale"}, // and later
			step{47530, tick, "stale, SYNC 0/0"},
		),
		"hold-down of its own": append(established[:len(established):len(established)],
			step{1000, says("test.n", 1, 5, 5, 5, 100000), "established, apply"},
			step{1001, says("test.n", 1, 5, 5, 5, 1000), "established, apply"}, // does not shorten it
			step{100999, clean, "established"},
			step{101000, clean, "stale, drop"},
		),
		"absurd hold-down": append(established[:len(established):len(established)],
			step{1000, says("test.n", 1, 5, 5, 5, 1<<32-1), "established, apply"},
			step{1000 + 3600_000 - 1, clean, "established"},
			step{1000 + 3600_000, clean, "stale, drop"},
		),
		"no hold-down": {
			{0, connects, "requested"},
			{1, says("test.n", 1, 0, 1, 1, 0), "established, apply"},
			{45000, clean, "established"},
			{45001, clean, "stale, drop"},
		},
		"back at once": append(established[:len(established):len(established)],
			step{1000, disconnects, "stale, demote"},
			step{1001, disconnects, "stale"},
			step{1500, connects, "requested"},
			step{1550, tick, "requested, SYNC 1/5"},
			step{1560, yes, "syncing"},
			step{3499, tick, "syncing"},
			step{3499, tells(1, 5, 5, 5), "established, restore, apply"},
			step{9999, tick, "established"},
		),
		"back at once as another": append(established[:len(established):len(established)],
			step{1000, disconnects, "stale, demote"},
			step{1100, connects, "requested"},
			step{1150, tick, "requested, SYNC 1/5"},
			step{1160, yes, "syncing"},
			step{1170, tells(2, 0, 1, 1), "established, drop, restore, apply"},
			step{9999, tick, "established"},
		),
		"back at once and unwilling": append(established[:len(established):len(established)],
			step{1000, disconnects, "stale, demote"},
			step{1100, connects, "requested"},
			step{1150, tick, "requested, SYNC 1/5"},
			step{1160, no, "requested"},
			step{3099, tick, "requested, SYNC 1/5"},
			step{3099, no, "requested"},
			step{3100, tick, "requested, drop"},
			step{3299, tick, "requested, SYNC 0/0"},
		),
		"gone": append(established[:len(established):len(established)],
			step{1000, disconnects, "stale, demote"},
			step{2999, tick, "stale"},
			step{3000, tick, "idle, drop"},
			step{99999, clean, "idle"},
			step{99999, connects, "requested"},
			step{100049, tick, "requested, SYNC 0/0"},
		),
		"gone before it said anything": {
			{0, connects, "requested"},
			{50, tick, "requested, SYNC 0/0"},
			{60, disconnects, "idle"},
			{70, yes, "idle"},
			{9999, tick, "idle"},
		},
		"what it sent before it was gone": append(established[:len(established):len(established)],
			step{1000, disconnects, "stale, demote"},
			step{1001, tells(1, 5, 6, 6), "stale, apply"},
			step{3000, tick, "idle, drop"},
		),
		"a new connection in place of the old": append(established[:len(established):len(established)],
			step{1000, connects, "requested, demote"},
			step{1050, tick, "requested, SYNC 1/5"},
			step{1060, yes, "syncing"},
			step{1070, tells(1, 5, 5, 5), "established, restore, apply"},
		),
		"it has restarted": append(established[:len(established):len(established)],
			step{1000, restarts, "established"},
			step{1050, tick, "established, SYNC 1/5"},
			step{1060, yes, "established"},
			step{1070, tells(2, 0, 1, 1), "established, drop, apply"},
		),
		"it asks while we do": {
			{0, connects, "requested"},
			{10, restarts, "requested"},
			{50, tick, "requested, SYNC 0/0"},
			{60, restarts, "requested"},
			{70, yes, "syncing"},
		},
		"impossible epochs": append(established[:len(established):len(established)],
			step{1000, tells(1, 6, 5, 9), "established, error: " + errEpochs.Error()},
			step{1000, tells(1, 5, 7, 6), "established, error: " + errEpochs.Error()},
			step{1000, tells(2, 1, 0, 0), "established, error: " + errEpochs.Error()},
			step{1001, tells(1, 5, 1<<32-1, 1<<32-1), "established, apply"},
			step{1002, tells(1, 1<<32-1, 1<<32-1, 1<<32-1), "established, apply"},
		),
		// interledger-rs and the Java connector keep the table when they learn their address.
		"another speaker": append(established[:len(established):len(established)],
			step{1000, says("test.m", 1, 5, 6, 6, 45000), "requested, drop"},
			step{1000, tick, "requested, SYNC 1/0"},
			step{1010, yes, "syncing"},
			step{1020, says("test.m", 1, 0, 6, 6, 45000), "established, apply"},
			step{1030, says("test.m", 1, 6, 6, 6, 45000), "established, apply"},
			step{9999, tick, "established"},
		),
		"another speaker from the beginning": append(established[:len(established):len(established)],
			step{1000, says("test.m", 1, 0, 6, 6, 45000), "established, drop, apply"},
			step{9999, tick, "established"},
		),
		"a heartbeat of another speaker": append(established[:len(established):len(established)],
			step{1000, says("test.m", 1, 5, 5, 5, 45000), "requested, drop"},
			step{1000, tick, "requested, SYNC 1/0"},
		),
		"another speaker again and again": append(established[:len(established):len(established)],
			step{1000, says("test.m", 1, 5, 6, 6, 45000), "requested, drop"},
			step{1000, tick, "requested, SYNC 1/0"},
			step{1010, yes, "syncing"},
			step{1020, tells(1, 5, 6, 6), "requested, drop"},
			step{1219, tick, "requested"}, // only the first time at once
			step{1220, tick, "requested, SYNC 1/0"},
		),
		"another speaker with impossible epochs": append(established[:len(established):len(established)],
			step{1000, says("test.m", 1, 6, 5, 9, 45000), "established, error: " + errEpochs.Error()},
			step{1001, tells(1, 5, 6, 6), "established, apply"},
		),
		"the table zero": {
			{0, connects, "requested"},
			{10, tells(0, 0, 5, 5), "established, apply"},
			{50, tick, "established, SYNC 0/5"},
			{60, yes, "established"},
			{70, tells(0, 5, 6, 6), "established, apply"},
			{1000, disconnects, "stale, demote"},
			{3000, tick, "idle, drop"},
		},
		"too many prefixes": append(established[:len(established):len(established)],
			step{1000, floods, "suspended, drop"},
			step{1000, tick, "suspended, IDLE 0/0"},
			step{1010, no, "suspended"},
			step{1020, tells(1, 5, 6, 6), "suspended, error: " + errSuspended.Error()},
			step{1030, disconnects, "suspended"},
			step{1040, connects, "suspended"},
			step{1050, restarts, "suspended"},
			step{2000, tick, "suspended"},
			step{200000, clean, "suspended"},
			step{300999, tick, "suspended"},
			step{301000, tick, "requested, SYNC 0/0"},
			step{301010, yes, "syncing"},
			step{301020, tells(1, 0, 6, 6), "established, apply"},
		),
		"too many prefixes, and gone": append(established[:len(established):len(established)],
			step{1000, floods, "suspended, drop"},
			step{1030, disconnects, "suspended"},
			step{301000, tick, "idle"},
			step{301001, connects, "requested"},
		),
		"our address is another one": append(established[:len(established):len(established)],
			step{1000, renews, "established, drop"},
			step{1000, connects, "requested"},
			step{1050, tick, "requested, SYNC 0/0"},
		),
	} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(testTimers, midnight)
			for i, s := range steps {
				o, err := s.word(r, at(s.at))
				if got := outcome(r, o, err); got != s.want {
					t.Fatalf("step %d at %d ms: %s, want %s", i, s.at, got, s.want)
				}
			}
		})
	}
}

// TestReceiverIsWokenInTime checks the deadlines of a conversation: one must come exactly
// when there is something to do.
func TestReceiverIsWokenInTime(t *testing.T) {
	r := newReceiver(testTimers, midnight)
	expect := func(ms int, what string) {
		t.Helper()
		want := at(ms)
		if ms < 0 {
			want = time.Time{}
		}
		if got := r.Deadline(); !got.Equal(want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	expect(-1, "idle")
	r.Connect(at(0))
	expect(50, "to ask")
	r.Tick(at(50))
	expect(10050, "to wait for the answer")
	r.Answered(r.request.id, errors.New("no"), at(60))
	expect(160, "to ask again")
	r.Tick(at(160))
	r.Answered(r.request.id, nil, at(170))
	expect(-1, "established")
	if _, err := tells(1, 0, 1, 1)(r, at(180)); err != nil {
		t.Fatal(err)
	}
	r.Disconnect(at(200))
	expect(2200, "to give up")
	r.Tick(at(2200))
	expect(-1, "gone")
	r.Suspend(at(3000))
	expect(303000, "to resume")
	r.Connect(at(3000))
	expect(3000, "to dismiss")
}

func TestWaitsGrowUpToABound(t *testing.T) {
	timers := Timers{Jitter: func(d time.Duration) time.Duration { return d / 2 }}
	var waits []time.Duration
	for _, n := range []int{1, 2, 3, 9, 10, 16, 64, 1 << 20} {
		waits = append(waits, timers.retry(n, retryMax))
	}
	want := fmt.Sprint([]time.Duration{50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond, 12800 * time.Millisecond, 15 * time.Second, 15 * time.Second, 15 * time.Second, 15 * time.Second})
	if got := fmt.Sprint(waits); got != want {
		t.Errorf("waits %s, want %s", got, want)
	}
}
