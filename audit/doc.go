// Package audit remembers who changed what: every change that an operator makes to a
// running connector, or a program that embeds one.
//
//		             ┌─ Write: one step for the change and its entry ──> done, or refused
//		a Change ────┤
//		             └─ Do: begun ── the change is made ──> done, refused, or nobody knows
//
//	  - [Log] is the entries that are kept, the latest 10,000, in a store.
//	  - [Change] is what somebody wants to change: what, of which account, who, and why.
//	  - [Entry] is a Change with its place, its time and its outcome.
//
// A change whose entry cannot be written is not made. What packets and settlements move is
// no change in this sense: nobody asked for it. Entries hold no credentials; whoever makes
// a Change sees to that.
package audit
