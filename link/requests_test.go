package link

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/ilp"
)

// checkRequests fails unless r holds the requests of the oracle, in a form that is sound.
func checkRequests(t *rapid.T, r *requests, want map[uint32]ilp.ReplyWriter) {
	held := make(map[uint32]ilp.ReplyWriter)
	for _, one := range r.all() {
		held[one.id] = one.up
	}
	if len(held) != len(want) || len(r.all()) != len(want) || r.count != len(want) {
		t.Fatalf("%d requests of %d ids, counted as %d, want %d", len(r.all()), len(held), r.count, len(want))
	}
	for id, up := range want {
		if held[id] != up {
			t.Fatalf("request %d is of %v, want %v", id, held[id], up)
		}
	}
	if size := len(r.ring); size&(size-1) != 0 || size < 2*r.count {
		t.Fatalf("ring of %d places for %d requests", size, r.count)
	}
	for i, one := range r.ring {
		if _, late := r.late[one.id]; one.up != nil && (late || r.at(one.id) != &r.ring[i]) {
			t.Fatalf("request %d is at place %d, late %v", one.id, i, late)
		}
	}
}

// Whatever is answered, expires and waits, an id is the one after the last that was given,
// unless a request of that id still waits. So it comes again only after 2^32 - PendingMax
// others, or later.
func TestIDsAreOneSequenceWhateverWaits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := requests{next: rapid.Uint32().Draw(t, "first")}
		want := make(map[uint32]ilp.ReplyWriter)
		var ids []uint32 // that were given, whether they wait or not
		last := r.next - 1
		steps := map[string]func(t *rapid.T){
			"": func(t *rapid.T) { checkRequests(t, &r, want) },
			"put": func(t *rapid.T) {
				for n := range rapid.IntRange(1, 40).Draw(t, "n") {
					id := r.put(waiter(n), int64(rapid.IntRange(0, 9).Draw(t, "until")), 0)
					for last++; want[last] != nil; last++ {
					}
					if id != last {
						t.Fatalf("id %d, want %d", id, last)
					}
					want[id] = waiter(n)
					ids = append(ids, id)
				}
			},
			"take": func(t *rapid.T) {
				if len(ids) == 0 {
					return
				}
				every := rapid.IntRange(1, 5).Draw(t, "every")
				for i := rapid.IntRange(0, len(ids)-1).Draw(t, "from"); i < len(ids); i += every {
					if up := r.take(ids[i], nil); up != want[ids[i]] {
						t.Fatalf("took %v of %d, want %v", up, ids[i], want[ids[i]])
					}
					delete(want, ids[i])
				}
			},
			"expire": func(t *rapid.T) {
				now := int64(rapid.IntRange(0, 9).Draw(t, "now"))
				var old []request
				first := int64(never)
				for from, more := 0, true; more; from += 7 {
					var soonest int64
					old, soonest, more = r.expire(now, from, 7, old)
					first = min(first, soonest)
				}
				for _, one := range old {
					if one.until > now || want[one.id] != one.up {
						t.Fatalf("at %d expired %+v", now, one)
					}
					delete(want, one.id)
				}
				next := int64(never)
				for _, one := range r.all() {
					next = min(next, one.until)
				}
				if next <= now || next != first {
					t.Fatalf("at %d the next one is over at %d, was told %d", now, next, first)
				}
			},
			"shrink": func(*rapid.T) {
				for i := range rapid.IntRange(1, 9).Draw(t, "times") {
					r.shrink(int64(i+1) * int64(ringIdle))
				}
			},
			"turn": func(t *rapid.T) { // most of 2^32 others were given and answered
				if len(ids) > 0 {
					i := rapid.IntRange(0, len(ids)-1).Draw(t, "to")
					r.next = ids[i] - uint32(rapid.IntRange(0, 3).Draw(t, "before"))
					last = r.next - 1
				}
			},
		}
		t.Repeat(steps)
	})
}

// A peer that answers some requests and leaves others makes put move one request at most,
// and each request once, so it cannot make put slow.
func TestPutMovesOneRequestAtMost(t *testing.T) {
	for name, leaves := range map[string]func(i int) bool{
		"none":            func(int) bool { return false },
		"all of a run":    func(i int) bool { return i < PendingMax-1 },
		"every other one": func(i int) bool { return i%2 == 0 && i < 2*(PendingMax-1) },
		"one in each turn of the ring": func(i int) bool {
			return i&(i-1) == 0
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, moved, left := requests{next: 1<<32 - 1000}, 0, 0
			for i := range 6 * PendingMax {
				before, late := len(r.ring), len(r.late)
				id := r.put(waiter(i), 0, 0)
				moved += len(r.late) - late
				if now := len(r.late); now > late+1 || now > late && before != len(r.ring) {
					t.Fatalf("put %d moved %d requests, in a ring of %d places", i, now-late, len(r.ring))
				}
				if leaves(i) {
					left++
				} else if r.take(id, nil) != waiter(i) {
					t.Fatalf("request %d is lost", i)
				}
			}
			if moved > left || r.count != left || len(r.ring) > 2*PendingMax {
				t.Errorf("%d moves of %d requests that wait, %d are counted, in a ring of %d places", moved, left, r.count, len(r.ring))
			}
		})
	}
}

// Putting beside requests that wait for long is as fast as beside none.
func BenchmarkPutBesideLateRequests(b *testing.B) {
	r := newRequests()
	for range PendingMax - 1 {
		r.put(waiter(1), 0, 0)
	}
	for range 2 * PendingMax {
		r.take(r.put(waiter(1), 0, 0), nil)
	}
	for b.Loop() {
		r.take(r.put(waiter(1), 0, 0), nil)
	}
}
