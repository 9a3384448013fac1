package bolt

import "go.etcd.io/bbolt"

// Verify reads a whole store that is open nowhere, or a backup, and says what it
// holds, or all that is wrong with it: the pages, by two checks of which one is
// bbolt's, the checksum of every value, every key and the format. It changes nothing
// and may be given a directory or a database file.
//
// Each pair that can be read is shown to visit, in the order of the keys; the value is
// borrowed. At the end, while still nobody else can open the store, it calls also,
// unless the database cannot be read at all. Both may be nil.
func Verify(path string, visit func(key string, value []byte), also func() error) (Summary, error) {
	return examine(filePath(path), visit, func(db *bbolt.DB, d *damage) error {
		if len(d.found) == 0 {
			d.check(db)
		}
		if also == nil {
			return nil
		}
		return also()
	})
}

// check looks at a database as bbolt does it, which follows damaged pages out of the
// file.
func (d *damage) check(db *bbolt.DB) {
	err := db.View(func(tx *bbolt.Tx) error {
		for err := range tx.Check() {
			d.add("%v", err)
		}
		return nil
	})
	if err != nil {
		d.add("%v", err)
	}
}
