package bolt

// Verify reads a whole store that no process has open for writing, or a backup, and returns
// what it holds, or all that is wrong with it: every page and value, every key and the
// format, and what bbolt's own check finds. It changes nothing. path is a directory or a
// database file.
//
// Verify shows each pair that can be read to visit, in the order of the keys; the value is
// borrowed. At the end, while no process can open the store for writing, it calls also,
// unless the database cannot be read at all. Both may be nil.
func Verify(path string, visit func(key string, value []byte), also func() error) (Summary, error) {
	return examine(filePath(path), visit, also)
}
