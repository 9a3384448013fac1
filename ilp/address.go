package ilp

// AddressBytesMax is the length of the longest ILP address (RFC 15), in bytes.
const AddressBytesMax = 1023

// schemes lists the allocation schemes that an address may begin with (RFC 15,
// "Allocation Schemes"), as the reference accepts them.
var schemes = [...]string{"g", "private", "example", "peer", "self", "test", "test1", "test2", "test3", "local"}

// ValidAddress reports whether a is an ILP address: a scheme and at least one
// more segment of letters, digits, '_', '~' and '-', separated by dots.
func ValidAddress[T ~[]byte | ~string](a T) bool {
	if len(a) > AddressBytesMax {
		return false
	}
	dot := 0
	for dot < len(a) && a[dot] != '.' {
		dot++
	}
	return dot < len(a) && ValidScheme(a[:dot]) && ValidSegments(a[dot+1:])
}

// ValidSegments reports whether s is one or more address segments separated by
// single dots.
func ValidSegments[T ~[]byte | ~string](s T) bool {
	empty := true
	for i := range len(s) {
		switch {
		case segmentByte[s[i]]:
			empty = false
		case s[i] == '.' && !empty:
			empty = true
		default:
			return false
		}
	}
	return !empty
}

// UnderPrefix reports whether address a is prefix or lies below it, counting
// whole segments: "g.us.x" is under "g.us", "g.usa" is not.
func UnderPrefix[T ~[]byte | ~string](a T, prefix string) bool {
	return len(a) >= len(prefix) && string(a[:len(prefix)]) == prefix &&
		(len(a) == len(prefix) || a[len(prefix)] == '.')
}

// ValidScheme reports whether an address may begin with the segment s.
func ValidScheme[T ~[]byte | ~string](s T) bool {
	for _, scheme := range schemes {
		if string(s) == scheme {
			return true
		}
	}
	return false
}

// segmentByte marks the bytes that a segment may contain.
var segmentByte = func() (ok [256]bool) {
	for _, c := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_~-" {
		ok[c] = true
	}
	return ok
}()
