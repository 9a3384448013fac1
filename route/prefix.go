package route

// ChildAddress returns the address of the child with account id: our own, a dot, and
// the segment that is configured for it, or the id without one. Either may contain dots.
// The result may not be valid: see ilp.CheckPrefix.
func ChildAddress(own, id, segment string) string {
	if segment == "" {
		segment = id
	}
	return own + "." + segment
}
