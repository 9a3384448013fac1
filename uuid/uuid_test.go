package uuid

import (
	"regexp"
	"strings"
	"testing"
)

func TestUUIDGroups(t *testing.T) {
	id := UUID{0x0f, 0x1e, 0x2d, 0x3c, 0x4b, 0x5a, 0x69, 0x78, 0x87, 0x96, 0xa5, 0xb4, 0xc3, 0xd2, 0xe1, 0xf0}
	if got, want := id.String(), "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNewUUIDsAreRandom(t *testing.T) {
	form := regexp.MustCompile(`\A[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\z`)
	seen := make(map[string]bool)
	for range 1000 {
		id := New().String()
		if !form.MatchString(id) || seen[id] {
			t.Fatal(id)
		}
		seen[id] = true
	}
}

func TestParseReadsWhatStringWrites(t *testing.T) {
	for range 100 {
		id := New()
		for _, text := range []string{id.String(), strings.ToUpper(id.String())} {
			if got, ok := Parse(text); !ok || got != id {
				t.Fatalf("%s became %s, %t", text, got, ok)
			}
		}
	}
	for _, text := range []string{
		"", "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f", "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f00", "0f1e2d3c04b5a-6978-8796-a5b4c3d2e1f0",
		"0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1fg", "-f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", "{0f1e2d3c-4b5a-6978-8796-a5b4c3d2e}",
	} {
		if _, ok := Parse(text); ok {
			t.Errorf("%q is no UUID", text)
		}
	}
}
