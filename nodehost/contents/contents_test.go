package contents

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/nodehost/nodehosttest"
)

// config returns the options of a store of testdata/stores.js.
func config(kind string, values map[string]any) map[string]any {
	return map[string]any{"kind": kind, "values": values}
}

// open opens such a store.
func open(t *testing.T, given map[string]any, edits ...func(*Options)) (*Reader, error) {
	t.Helper()
	text, err := json.Marshal(given)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Node: nodehosttest.Node(t), File: nodehosttest.File(t, "testdata", "stores.js"), Config: text}
	for _, edit := range edits {
		edit(&o)
	}
	r, err := Open(t.Context(), o)
	if err == nil {
		t.Cleanup(func() { _ = r.Close() })
	}
	return r, err
}

// readAll returns all entries as text, in order.
func readAll(t *testing.T, r *Reader) (all []string) {
	t.Helper()
	for {
		e, err := r.Next()
		switch {
		case err == io.EOF:
			slices.Sort(all)
			return all
		case err != nil:
			t.Fatal(err)
		case e.Missing:
			all = append(all, e.Key+" missing")
		case e.Value == nil:
			all = append(all, e.Key+" "+e.Problem)
		default:
			all = append(all, e.Key+"="+string(e.Value))
		}
	}
}

func TestKeysOfEachKindOfStoreAreListed(t *testing.T) {
	values := map[string]any{"alicea": "1", "alice\u00fc\n": map[string]any{"b": []any{1.5, nil}}, "bobc": "", "bobd": "4", "x": true}
	want := []string{`alicea="1"`, "alice\u00fc\n" + `={"b":[1.5,null]}`, `bobc=""`, `bobd="4"`, "x=true"}
	for kind, by := range map[string]string{
		"own keys":               "keys() of the store",
		"own entries":            "entries() of the store",
		"own iterator":           "iterator() of the store",
		"level keys iterator":    "keys() of the database db of the store",
		"level createKeyStream":  "createKeyStream() of the database db of the store",
		"level createReadStream": "createReadStream() of the database db of the store",
		"level iterator":         "iterator() of the database db of the store",
		"late":                   "keys() of the database db of the store",
		"broken":                 "createKeyStream() of the database db of the store",
		"redis promises":         "the Redis client _client of the store",
		"redis callbacks":        "the Redis client _client of the store",
		"redis iterator":         "the Redis client _client of the store",
		"redis keys":             "the Redis client _client of the store",
		"redis cluster":          "the Redis client _client of the store",
	} {
		r, err := open(t, config(kind, values))
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if got := readAll(t, r); !slices.Equal(got, want) || r.By != by {
			t.Errorf("%s: by %s: got %q, want %q", kind, r.By, got, want)
		}
		_ = r.Close()
	}
}

// What a store puts before its keys is not a part of them, and keys without it are not its own.
func TestPrefixOfAStoreIsNoPartOfItsKeys(t *testing.T) {
	values := map[string]any{"p*[:alicea": "1", "p*[:p*[:twice": "2", "alicea": "other", "pz[:bob": "other"}
	given := config("redis promises", values)
	given["prefix"] = "p*[:"
	r, err := open(t, given)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := readAll(t, r), []string{`alicea="1"`, `p*[:twice="2"`}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	given["kind"] = "prefixed"
	if r, err = open(t, given); err != nil {
		t.Fatal(err)
	}
	if got, want := readAll(t, r), []string{`alicea="1"`, `alicea="1"`, `p*[:twice="2"`, "pz[:bob missing"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWhatCannotBeReadIsSaid(t *testing.T) {
	r, err := open(t, config("own keys", map[string]any{
		"a": "!notFound", "b": "!fails", "c": "!big", "d": "!function", "e": nil, "f": "6", strings.Repeat("k", 5000): "7",
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"a missing", "b bad sector", "c the value has more than 16777216 bytes", "d the value is no JSON", "e missing", `f="6"`,
		strings.Repeat("k", 100) + " the key has more than 4096 bytes",
	}
	if got := readAll(t, r); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestKeysOfTheCallerAreRead(t *testing.T) {
	r, err := open(t, config("map", map[string]any{"a": "1", "b": "2"}), func(o *Options) { o.Keys = []string{"b", "c"} })
	if err != nil {
		t.Fatal(err)
	}
	if got, want := readAll(t, r), []string{`b="2"`, "c missing"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestStoresThatCannotBeRead(t *testing.T) {
	for kind, want := range map[string]string{
		"map":    "neither a database nor a Redis client",
		"throws": "no disk",
		"dies":   "TypeError: gone",
		"silent": "does not answer",
	} {
		_, err := open(t, config(kind, map[string]any{}), func(o *Options) { o.SilenceMax = time.Second })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", kind, err)
		}
		if errors.Is(err, ErrUnlistable) != (kind == "map") {
			t.Errorf("%s: %v is ErrUnlistable, or is not", kind, err)
		}
	}
	_, err := open(t, nil, func(o *Options) { o.File = filepath.Join(t.TempDir(), "absent.js") })
	if err == nil || !strings.Contains(err.Error(), "Cannot find module") {
		t.Error(err)
	}
}

// A store that is read in part is not taken for a whole one.
func TestReaderNoticesAnEarlyEnd(t *testing.T) {
	r, err := open(t, config("quits", map[string]any{"a": "1", "b": "2"}))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Next(); err == nil || err == io.EOF || !strings.Contains(err.Error(), "has ended") {
		t.Error(err)
	}
}

// A process whose lines are not read waits, and many entries come whole.
func TestReaderTakesManyEntries(t *testing.T) {
	values := make(map[string]any)
	for i := range 3000 {
		values[fmt.Sprintf("k%04d", i)] = strings.Repeat("v", i%3000)
	}
	r, err := open(t, config("level keys", values))
	if err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, r); len(got) != len(values) || got[2999] != "k2999="+`"`+strings.Repeat("v", 2999)+`"` {
		t.Errorf("got %d entries", len(got))
	}
}

func TestCanceledReaderSaysSo(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Open(ctx, Options{Node: nodehosttest.Node(t), File: "x", Config: json.RawMessage("{}")}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// The environment is empty but for what the caller gives.
func TestEnvironmentIsThatOfTheCaller(t *testing.T) {
	t.Setenv("OURS", "s3cret")
	for want, env := range map[string][]string{"printed no variable 0": nil, "printed here 1": {"ALLOWED=here"}} {
		_, err := open(t, config("silent", nil), func(o *Options) { o.Env, o.SilenceMax = env, time.Second })
		if err == nil || !strings.Contains(err.Error(), "It has printed: "+want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
