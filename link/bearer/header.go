package bearer

import (
	"errors"
	"fmt"
	"strings"
)

// TokenBytesMax bounds a token, in bytes. A longer one is refused before it is hashed or parsed.
const TokenBytesMax = 8 << 10

// ErrHeader says that there is no Authorization header, or that it is not of a form that we read.
var ErrHeader = errors.New("authorization header")

// scheme is the scheme of RFC 6750, with the blank behind it.
const scheme = "Bearer "

// credentials are what an Authorization header says.
type credentials struct {
	token  string
	bare   bool // it came without the scheme
	digest digest
}

// read returns the credentials in the values of the Authorization headers of a request.
func read(authorization []string) (c credentials, err error) {
	if c.token, c.bare, err = parse(authorization); err != nil {
		return c, fmt.Errorf("%w: %w", ErrHeader, err)
	}
	c.digest = digestOf(c.token)
	return c, nil
}

// Reasons to refuse a header.
var (
	errNone    = errors.New("there is none")
	errSeveral = errors.New("there is more than one")
	errEmpty   = errors.New("it is empty")
	errLong    = fmt.Errorf("it has more than %d bytes", TokenBytesMax)
	errBlank   = errors.New("it begins or ends with a blank, or has two behind the scheme")
	errControl = errors.New("it has a control character")
	errNoToken = errors.New("it has a scheme and no token")
)

// parse returns the token in an Authorization header. The scheme is in any case (RFC 7235,
// section 2.1), and one blank stands behind it. A header that begins with no such scheme is a
// bare token, as peers up to version 1.5 of the plugin send it. The plugin takes both.
func parse(authorization []string) (token string, bare bool, err error) {
	switch len(authorization) {
	case 0:
		return "", false, errNone
	case 1:
	default:
		return "", false, errSeveral
	}
	token = authorization[0]
	if len(token) > len(scheme)+TokenBytesMax {
		return "", false, errLong
	}
	if token == "" {
		return "", false, errEmpty
	}
	if strings.EqualFold(token, strings.TrimSpace(scheme)) {
		return "", false, errNoToken
	}
	bare = !hasScheme(token)
	if !bare {
		token = token[len(scheme):]
	}
	return token, bare, sound(token)
}

// hasScheme reports whether a text begins with the scheme and a blank.
func hasScheme(text string) bool {
	return len(text) >= len(scheme) && strings.EqualFold(text[:len(scheme)], scheme)
}

// sound returns why a text cannot be a token in a header, nil if it can.
func sound(token string) error {
	switch {
	case token == "":
		return errNoToken
	case len(token) > TokenBytesMax:
		return errLong
	case isBlank(token[0]), isBlank(token[len(token)-1]):
		return errBlank
	}
	for i := range len(token) {
		if token[i] < ' ' || token[i] == 0x7f {
			return errControl
		}
	}
	return nil
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }
