// Package audit records every change that an operator, or a program that embeds the
// connector, makes to a running connector.
//
//		             ┌─ Write: one step for the change and its entry ──> done, or refused
//		a Change ────┤
//		             └─ Do: begun ── the change is made ──> done, refused, or unknown
//
//	  - [Log] keeps the latest 10,000 entries in a store.
//	  - [Change] describes a change: its kind, its account, its author and the reason.
//	  - [Entry] is a Change with its place, its time and its outcome.
//
// A change whose entry cannot be written is not made. Packets and settlements move money
// too, but no operator asked for that, so they have no entries. Entries hold no
// credentials: the caller must not put one into a Change.
package audit
