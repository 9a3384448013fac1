package fetch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// JSON fetches a document of JSON: nil, bool, string, json.Number, []any and map[string]any.
// Numbers keep their digits.
func (s *Source) JSON(ctx context.Context) (value any, err error) {
	document, _, err := s.Get(ctx)
	if err != nil {
		return nil, err
	}
	if value, err = ParseJSON(document); err != nil {
		return nil, s.Fault(err)
	}
	return value, nil
}

// ParseJSON reads a document as JSON returns it. It refuses one that goes on after its end.
func ParseJSON(document []byte) (value any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("the answer is no JSON: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the answer is more than one JSON value")
	}
	return value, nil
}

// Pointer is a JSON pointer (RFC 6901): a path such as /result/XRPEUR/c/0. The empty one is the
// whole document.
type Pointer string

// ErrPointer is the error of a text that is no pointer.
var ErrPointer = errors.New("is no JSON pointer, such as /data/rates")

// ParsePointer checks a pointer.
func ParsePointer(text string) (Pointer, error) {
	if text != "" && text[0] != '/' {
		return "", ErrPointer
	}
	for i := range text {
		if text[i] == '~' && (i+1 == len(text) || text[i+1] != '0' && text[i+1] != '1') {
			return "", ErrPointer
		}
	}
	return Pointer(text), nil
}

var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// Find returns the value in a document that the pointer leads to. The error names what is not
// there.
func (p Pointer) Find(document any) (any, error) {
	if p == "" {
		return document, nil
	}
	value := document
	for token := range strings.SplitSeq(string(p[1:]), "/") {
		token = unescape.Replace(token)
		there := false
		switch v := value.(type) {
		case map[string]any:
			value, there = v[token]
		case []any:
			// RFC 6901, section 4: digits without leading zeros.
			i, err := strconv.ParseUint(token, 10, 31)
			if there = err == nil && strconv.FormatUint(i, 10) == token && int(i) < len(v); there {
				value = v[i]
			}
		}
		if !there {
			return nil, fmt.Errorf("there is nothing at %s", p)
		}
	}
	return value, nil
}

// millisecondsLeast is the least number that is a time in milliseconds. As seconds it is in the
// year 5138.
const millisecondsLeast = 100_000_000_000

// timeBytesMax bounds the text of a time.
const timeBytesMax = 40

// ParseTime reads a time as sources write it: as RFC 3339 has it, or as the number of seconds or
// milliseconds since 1970. The result is in UTC and not before 1970, since not all other times can be
// written down again.
func ParseTime(value any) (time.Time, error) {
	at, err := parseTime(value)
	if err != nil {
		return time.Time{}, err
	}
	if at = at.UTC(); at.Unix() < 0 {
		return time.Time{}, errors.New("the time is before 1970")
	}
	return at, nil
}

func parseTime(value any) (time.Time, error) {
	text := ""
	switch v := value.(type) {
	case string:
		text = v
	case json.Number:
		text = v.String()
	default:
		return time.Time{}, errors.New("the time is neither a text nor a number")
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	if len(text) > timeBytesMax {
		return time.Time{}, errors.New("the time is too long a text")
	}
	// Time zones may be left out: ISO 8601 allows that, and sources mean UTC.
	if at, err := time.Parse("2006-01-02T15:04:05", text); err == nil {
		return at, nil
	}
	seconds, _, _ := strings.Cut(text, ".")
	if n, err := strconv.ParseInt(seconds, 10, 64); err == nil && n > 0 && n < 1000*millisecondsLeast && isDigits(text) {
		if n >= millisecondsLeast {
			return time.UnixMilli(n), nil
		}
		return time.Unix(n, 0), nil
	}
	return time.Time{}, fmt.Errorf("%q is no time such as 2026-12-01T12:00:00Z, and no number of seconds", text)
}

// isDigits reports whether a text is a decimal number without exponent.
func isDigits(text string) bool {
	_, ok := new(big.Rat).SetString(text)
	return ok && !strings.ContainsAny(text, "eEpPxX/_")
}
