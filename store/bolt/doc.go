// Package bolt is a durable store in one file, which survives kill -9 and the loss of
// power. Each batch is two syncs: package disk puts a journal before it, and is what
// the connector uses.
//
// [Open] opens a [Store], or makes a new one. [Store.Snapshot] copies it while it is in
// use; [Verify] looks at one that is not, or at a copy.
//
// # Layout
//
// The directory holds store.db, a bbolt database of two buckets:
//
//	meta  format   "2"
//	      created  when, as in RFC 3339
//	      version  of the program that wrote this format first
//	data  whatever was applied
//
// Each value is behind its checksum: CRC-32C of the key and the value, 4 bytes, big
// endian.
//
// Two processes cannot have it open: bbolt holds a lock on the file. Who holds it
// is found out on Linux alone.
//
// # What is believed
//
// bbolt maps the file into memory and follows whatever its pages say; of these only
// two have a checksum. A damaged one makes the process fault, or a balance another
// one. So before bbolt may follow it, [Open] reads every page that is in use without
// believing any ([tree]), and each value has a checksum. A file that is refused is
// not changed, not by a byte.
//
// What cannot be found is a file that is old but whole: a backup forgets what came
// after it.
package bolt
