// Package bolt is a durable store in one file, which survives kill -9 and the loss of
// power. Each batch costs two syncs. Package disk puts a journal before it, and is what
// the connector uses.
//
// [Open] opens a [Store], or makes a new one. [Store.Snapshot] copies a store that is in
// use. [Verify] reads one that is not, or a copy.
//
// # Layout
//
// The directory holds store.db, a bbolt database of two buckets:
//
//	meta  format   "2"
//	      created  time of creation, RFC 3339
//	      version  of the program that wrote this format first
//	data  all applied pairs
//
// A checksum precedes each value: CRC-32C of the key and the value, 4 bytes, big endian.
//
// bbolt holds a lock on the file, so that two processes cannot have it open. On Linux the
// error names the process that holds the lock.
//
// # Damage
//
// bbolt maps the file into memory and trusts its pages, of which only the two meta pages
// have a checksum. A damaged page may end the process, or turn one balance into another.
// So [Open] and [Verify] read every page in use before bbolt follows one, and refuse a
// damaged file without changing a byte of it. They check, in this order:
//
//   - that bbolt can follow the pages: the type, the place of every key and value, and
//     that no page is behind the end, is used twice, or is both used and free ([tree]);
//   - the checksum of every value, every key, and the format;
//   - by the check of bbolt itself, the order of keys across pages, and that every page is
//     used or free.
//
// The check of bbolt is not enough, because it trusts the pages too. It follows a page
// number out of the file, which ends the process: the check runs on a goroutine of bbolt,
// where no caller can catch the fault. It follows a circle of pages for ever. And it does
// not see a free list of pages that are in use or not there, or a branch whose key is not
// the first key of the page below. TestCheckOfBboltAloneIsNotSafe and
// TestDamageThatBboltDoesNotSeeIsFound show all of this.
//
// Nothing here can see that a whole file is old: a restored backup lacks what came later.
package bolt
