package ilp

// Code is an ILP error code (RFC 27, "Error Codes"): a letter for the kind of error - F
// final, T temporary, R relative - and two digits. The integer holds the three
// characters, so that codes can be constants, and be compared. String returns the text.
type Code uint32

// The error codes of RFC 27.
const (
	F00 Code = 'F'<<16 | '0'<<8 | '0' // bad request
	F01 Code = 'F'<<16 | '0'<<8 | '1' // invalid packet
	F02 Code = 'F'<<16 | '0'<<8 | '2' // unreachable
	F03 Code = 'F'<<16 | '0'<<8 | '3' // invalid amount
	F04 Code = 'F'<<16 | '0'<<8 | '4' // insufficient destination amount
	F05 Code = 'F'<<16 | '0'<<8 | '5' // wrong condition
	F06 Code = 'F'<<16 | '0'<<8 | '6' // unexpected payment
	F07 Code = 'F'<<16 | '0'<<8 | '7' // cannot receive
	F08 Code = 'F'<<16 | '0'<<8 | '8' // amount too large
	F99 Code = 'F'<<16 | '9'<<8 | '9' // application error
	T00 Code = 'T'<<16 | '0'<<8 | '0' // internal error
	T01 Code = 'T'<<16 | '0'<<8 | '1' // peer unreachable
	T02 Code = 'T'<<16 | '0'<<8 | '2' // peer busy
	T03 Code = 'T'<<16 | '0'<<8 | '3' // connector busy
	T04 Code = 'T'<<16 | '0'<<8 | '4' // insufficient liquidity
	T05 Code = 'T'<<16 | '0'<<8 | '5' // rate limited
	T99 Code = 'T'<<16 | '9'<<8 | '9' // application error
	R00 Code = 'R'<<16 | '0'<<8 | '0' // transfer timed out
	R01 Code = 'R'<<16 | '0'<<8 | '1' // insufficient source amount
	R02 Code = 'R'<<16 | '0'<<8 | '2' // insufficient timeout
	R99 Code = 'R'<<16 | '9'<<8 | '9' // application error
)

// String returns the three characters of the code.
func (c Code) String() string {
	return string([]byte{byte(c >> 16), byte(c >> 8), byte(c)})
}

// Known reports whether c is one of the codes of RFC 27.
func (c Code) Known() bool {
	switch c {
	case F00, F01, F02, F03, F04, F05, F06, F07, F08, F99,
		T00, T01, T02, T03, T04, T05, T99, R00, R01, R02, R99:
		return true
	}
	return false
}

// Valid reports whether c is three printable ASCII characters. Other codes are no codes of
// the protocol, and would spoil logs and metrics.
func (c Code) Valid() bool {
	for _, b := range [codeBytes]byte{byte(c >> 16), byte(c >> 8), byte(c)} {
		if b < ' ' || b > '~' {
			return false
		}
	}
	return c>>24 == 0
}

// ParseCode returns the code of a text of three characters.
func ParseCode(text string) (Code, bool) {
	if len(text) != codeBytes {
		return 0, false
	}
	c := codeOf([]byte(text))
	return c, c.Valid()
}

// ClassName returns the name of the error class that the reference has for the code, Error if
// it has none.
func (c Code) ClassName() string {
	switch c {
	case F01:
		return "InvalidPacketError"
	case F02:
		return "UnreachableError"
	case F05:
		return "WrongConditionError"
	case F08:
		return "AmountTooLargeError"
	case T01:
		return "PeerUnreachableError"
	case T02:
		return "PeerBusyError"
	case T03:
		return "ConnectorBusyError"
	case T04:
		return "InsufficientLiquidityError"
	case T05:
		return "RateLimitedError"
	case R00:
		return "TransferTimedOutError"
	case R02:
		return "InsufficientTimeoutError"
	}
	return "Error"
}

// codeOf returns the code in the first three bytes of b.
func codeOf(b []byte) Code {
	return Code(b[0])<<16 | Code(b[1])<<8 | Code(b[2])
}

// append appends the three bytes of c.
func (c Code) append(b []byte) []byte {
	return append(b, byte(c>>16), byte(c>>8), byte(c))
}
