package bearer

import (
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A peer that signs a token for each request does not fill the memory.
func TestCacheIsBounded(t *testing.T) {
	v := withRules(t, Rule{Secret: secret})
	for i := range cacheMost + 100 {
		if _, err := v.Verify(bearer(forge("HS256", `{"jti":"`+strconv.Itoa(i)+`"}`, hs256(secret))), then); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(v.verified.entries); n != cacheMost {
		t.Errorf("%d tokens are remembered", n)
	}
}

// Refused tokens take no room, whoever sends them.
func TestStrangersDoNotFillTheCache(t *testing.T) {
	d := NewDirectory()
	v := newVerifier(t, Options{Tokens: []Token{{Text: "x"}}, Rules: []Rule{{Secret: secret, Subject: "a"}}})
	if err := d.Set("alice", v); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{"y", forge("HS256", `{"sub":"a"}`, hs256("wrong")), forge("HS256", `{"sub":"a","exp":1}`, hs256(secret)), forge("HS256", `{"sub":"b"}`, hs256(secret)), "x"} {
		_, _ = v.Verify(bearer(token), then)
		_, _, _ = d.Verify(bearer(token), then)
	}
	if n, hints := len(v.verified.entries), len(d.hints.entries); n+hints != 0 {
		t.Errorf("%d tokens and %d accounts are remembered", n, hints)
	}
}

func TestCacheEvictsWhatEnded(t *testing.T) {
	c := cache[int]{most: looks}
	for i := range looks {
		c.put(digest{byte(i)}, span{0, int64(i + 1)}, i, 0)
	}
	c.put(digest{3}, span{0, 4}, 3, 0) // again, which needs no room
	if n := len(c.entries); n != looks {
		t.Errorf("%d entries are left", n)
	}
	c.put(digest{100}, span{0, 100}, 100, 5) // those that end at 1 to 5 have ended
	if n := len(c.entries); n != looks-5+1 {
		t.Errorf("%d entries are left", n)
	}
	for i := range looks - 3 { // one more than there is room for
		c.put(digest{101, byte(i)}, span{0, 100}, 100, 5)
	}
	if _, there := c.get(&digest{5}, 5); there || len(c.entries) != looks {
		t.Error("the entry that ends first is not the one that has gone")
	}
	if _, there := c.get(&digest{6}, 5); !there {
		t.Error("an entry that ends later is gone")
	}
}

// The oracle is a map without a bound: what the cache has, the map has, and it is valid.
func TestCacheAgreesWithAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, oracle := cache[int]{most: rapid.IntRange(1, 20).Draw(t, "most")}, make(map[digest]entry[int])
		var now int64
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				d := digest{rapid.Byte().Draw(t, "token")}
				e := entry[int]{span{now - rapid.Int64Range(0, 3).Draw(t, "before"), now + rapid.Int64Range(1, 30).Draw(t, "after")}, rapid.Int().Draw(t, "value")}
				c.put(d, e.span, e.value, now)
				oracle[d] = e
				if got, there := c.get(&d, now); !there || got != e {
					t.Fatal("what was just put is not there")
				}
			},
			"pass": func(t *rapid.T) { now += rapid.Int64Range(-5, 20).Draw(t, "time") },
			"": func(t *rapid.T) {
				if len(c.entries) > c.most {
					t.Fatalf("%d entries, more than %d", len(c.entries), c.most)
				}
				for i := range 256 {
					d := digest{byte(i)}
					got, there := c.get(&d, now)
					if e := oracle[d]; there && (got != e || !e.has(now)) {
						t.Fatalf("token %d: %v, want %v", i, got, e)
					}
				}
			},
		})
	})
}

// The cache of an account without JWTs takes no room.
func TestCacheIsMadeWithItsFirstToken(t *testing.T) {
	v := newVerifier(t, Options{Tokens: []Token{{Text: "x"}}})
	if _, err := v.Verify(bearer("x"), time.Now()); err != nil || v.verified.entries != nil {
		t.Errorf("%d entries: %v", len(v.verified.entries), err)
	}
}
