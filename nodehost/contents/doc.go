// Package contents reads what a store module of the reference holds, so that our own store can take it
// over.
//
//	Open ── starts Node.js with contents.js, which constructs the module ──> a Reader
//	Next ── an Entry: a key and its value, as the module gets it ──> io.EOF at the end
//	Close ── kills the process: stores of the reference have no end
//
// Stores of the reference can get and put, and list no keys. The script finds the keys by methods of the
// store itself, by a database like LevelDB that it has, or by its Redis client. Otherwise the caller must
// know the keys.
//
// The process gets only the variables that the caller names. It waits until the caller has read what it
// writes, and is killed if it says nothing for a while. Whose the keys are is the business of the caller.
package contents
