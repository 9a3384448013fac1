// Package journal puts a file with cheap changes before a store with expensive changes,
// its base. Each batch goes into the file with one write and one sync, and later, together
// with many others, into the base.
//
// [Open] opens a [Store]. The changes that are not in the base yet are also in memory, in
// an overlay, so that [Store.Load] shows both as one. [Store.Checkpoint] and Close bring
// the base up to date. [Read] reads a journal that is not open.
//
// # Layout
//
// The file has a fixed size and is written over and over:
//
//	0        4096                  4096 + half            4096 + 2 half
//	| header | frame | frame | ... | frame | frame | ...  |
//	         '----- half 0 --------'------ half 1 --------'
//
// Open writes and syncs the zeros of a new file, so that a later sync need not change the
// size of the file or find room. A frame is what one sync makes durable: the batches of all
// callers that waited for it, behind a checksum. The code describes the bytes of [header]
// and [frame].
//
// Where the system can do so, a frame is written as whole blocks, padded with zeros, past
// the cache and onto the disk in one call. That takes half the time of a write and a sync,
// and a third less work. No block is written twice in a round, so a later write never
// touches a frame that is already durable.
//
// Frames are numbered from 1 on, and no number is ever used twice. So a number tells all
// about a frame, and nothing else about the halves is stored:
//
//	number    <= last              the base has it: a frame of an earlier round
//	          last+1, last+2, ...  to be replayed
//	          after a gap          dropped, or damage
//
// The base holds the mark, under a key that users of the store do not see. The mark says
// which journal belongs to the base, the last frame that the base has, and whether the base
// may be used without the journal.
//
// # Checkpoint
//
// When a half is full, frames go to the other half. The overlay of the first is frozen and
// applied to the base together with the new mark, in one batch, while calls go on. Only
// then may the first half be written again. The process may end at any point of that. If
// the base lacks the batch, the next Open replays the frames; if it has the batch, the mark
// says so. A batch that is larger than a half goes to the base at once.
//
// # Damage
//
// A reader goes from each frame to the next. Where it finds none, it searches the rest of
// the half for frames with the next numbers, because a frame before them may be lost.
//
// A write that was cut off leaves a torn frame, whose Apply has not returned. Frames that
// were never synced may be lost in any order. Both are normal, and end the replay. But each
// frame says which frames before it were on the disk when it was written. If one of those
// cannot be read, a durable change is lost, and Open refuses the journal. Open also refuses
// a journal without its base, or with an older one. It does not change what it refuses.
package journal
