// Package journal makes a store of frequent changes out of one in which a change is
// expensive, its base: each batch goes into a file, with one write and one sync, and
// to the base later, with many others.
//
// [Open] opens a [Store]. What was applied and is not in the base yet is kept in memory
// as well, as an overlay, so that [Store.Load] shows both as one. [Store.Checkpoint]
// and Close bring the base up to date. [Read] looks at a journal that is not open.
//
// # Layout
//
// The file has a fixed size and is written over and over:
//
//	0        4096                  4096 + half            4096 + 2 half
//	| header | frame | frame | ... | frame | frame | ...  |
//	         '----- half 0 --------'------ half 1 --------'
//
// Its zeros are written and synced when it is made: a sync later need not write
// anything about the file, nor find room. A frame is what one sync makes durable: all
// that was applied by those who waited for it, behind a checksum. See the code for the
// bytes of [header] and [frame].
//
// Where the system has it, a frame is written as whole blocks, with zeros behind it, past
// the cache and onto the disk in one call: that takes half the time of a write and a
// sync, and a third less work. A block is never written a second time in a round, so
// what was promised is not touched by what comes later.
//
// Frames are numbered from 1 on and no number is ever used twice. So a number tells
// what a frame is, and nothing else about the halves is written anywhere:
//
//	number    <= last              the base has it; what is left of an earlier round
//	          last+1, last+2, ...  to be replayed
//	          after a gap          dropped, or damage
//
// The base has, under a key that nobody else sees, the mark: which journal belongs to
// it, the last frame of which it has everything, and whether it may be used without
// the journal.
//
// # Checkpoint
//
// When a half is full the other one is begun, and the overlay of the first is frozen
// and applied to the base together with the new mark, all in one batch, while others
// go on. Only then may the first half be written again. The process may end at any
// point of that: before the batch is in the base the frames are replayed, and after it
// the mark says that they need not be. A batch that no half has room for goes to the
// base at once.
//
// # What is believed
//
// A reader goes from each frame to the one behind it. Where there is none, it searches the
// rest of the half for frames with the next numbers: one may have been lost before them.
//
// A write that was cut off leaves a frame that is torn; nobody was told that it is
// kept. Frames that were never synced may be lost in any order. Both are normal, and
// end what is replayed. But each frame says which of those before it were on the disk
// when it was written. If one of these cannot be read what was promised is damaged,
// and the journal is refused; so it is without its base, or with an older one. What is
// refused is not changed.
package journal
