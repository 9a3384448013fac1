package uuid

import (
	"regexp"
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
