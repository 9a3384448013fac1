package bolt

import (
	"os"
	"reflect"
	"testing"
	"unsafe"

	"go.etcd.io/bbolt"
)

// writeAt is how bbolt writes to its file, always.
type writeAt = func(b []byte, offset int64) (int, error)

// intercept puts itself between bbolt and its file. bbolt has a place for that, for
// its own tests, and keeps it to itself.
func intercept(t *testing.T, db *bbolt.DB, between func(next writeAt) writeAt) {
	t.Helper()
	field := reflect.ValueOf(db).Elem().FieldByName("ops").FieldByName("writeAt")
	if !field.IsValid() || field.Type() != reflect.TypeFor[writeAt]() {
		t.Fatal("bbolt has no ops.writeAt any more")
	}
	at := (*writeAt)(unsafe.Pointer(field.UnsafeAddr()))
	*at = between(*at)
}

// fileOf returns the file that a database has open.
func fileOf(t *testing.T, db *bbolt.DB) *os.File {
	t.Helper()
	field := reflect.ValueOf(db).Elem().FieldByName("file")
	if !field.IsValid() || field.Type() != reflect.TypeFor[*os.File]() {
		t.Fatal("bbolt has no file any more")
	}
	return *(**os.File)(unsafe.Pointer(field.UnsafeAddr()))
}
