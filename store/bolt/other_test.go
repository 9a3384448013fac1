//go:build !unix

package bolt

// becomeNobody does nothing: there is no root.
func becomeNobody() {}
