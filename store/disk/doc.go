// Package disk is the durable store that is built in. It survives kill -9 and, as far
// as its durability says, the loss of power.
//
// [Open] opens a [Store], or makes a new one. [Store.Backup] copies it while it is in
// use; [Verify] and [Dump] look at one that is not, or at a backup.
//
// # Layout
//
// It is two files in a directory of its own, one before the other:
//
//	Apply --> store.journal      what came last: package journal
//	               |
//	               | now and then, all at once
//	               v
//	          store.db           everything else: package bolt
//
// A change is one write and one sync of the journal, and is there after whatever
// happens. When half of the journal is full, that half goes to the database, which
// costs more but is rare; meanwhile the other half is written.
//
// After Close the database is complete, and a store without the other file. Before
// that neither is worth anything alone, and Open says so. The lock of the database is
// that of both.
package disk
