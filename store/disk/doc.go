// Package disk implements the built-in durable store. It survives kill -9 and, as far as
// its durability says, the loss of power.
//
// [Open] opens a [Store], or makes a new one. [Store.Backup] copies a store that is in use.
// [Verify] and [Dump] read a store that is not in use, or a backup.
//
// # Layout
//
// A store is two files in a directory, one before the other:
//
//	Apply --> store.journal      the latest changes: package journal
//	               |
//	               | now and then, all at once
//	               v
//	          store.db           everything else: package bolt
//
// A change costs one write and one sync of the journal. When half of the journal is full,
// that half goes to the database, which costs more but is rare. Meanwhile changes go to
// the other half.
//
// After Close the database is complete, and is a store without the journal. Before that
// neither file is a store alone, and Open refuses it. The lock of the database locks both.
package disk
