package bolt

import (
	"errors"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
)

// TestStoreOfAnEarlierFormatIsUpgraded holds that it is opened as it is, and has the format
// of this version, which earlier ones refuse, only after Upgrade.
func TestStoreOfAnEarlierFormatIsUpgraded(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir)
	path := filepath.Join(dir, FileName)
	edit(func(meta, _ *bbolt.Bucket) error {
		return errors.Join(putSealed(meta, formatKey, "1"), putSealed(meta, versionKey, "0.9"))
	})(t, path)
	for _, want := range []string{"1 0.9", "2 1.0", "2 1.0"} {
		sum, err := Verify(path, nil, nil)
		if got := sum.Version; err != nil || sum.Format != int(want[0]-'0') || got != want[2:] {
			t.Fatalf("%+v, %v, want %s", sum, err, want)
		}
		s, err := Open(dir, Options{Version: "1.0"})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(s.Upgrade("1.0"), s.Upgrade("1.1"), s.Close()); err != nil {
			t.Fatal(err)
		}
	}
}
