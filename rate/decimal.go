package rate

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Bounds of a decimal text. Every float64 fits, and a price feed cannot make us compute
// 1e999999999.
const (
	decimalBytesMax    = 64
	decimalExponentMax = 400
)

// ParseDecimal reads a decimal number such as "0.002", "-1.5" or "1e-9" exactly. Spaces
// around it are ignored; fractions, other bases, Inf and NaN are errors.
func ParseDecimal(text string) (*big.Rat, error) {
	text = strings.TrimSpace(text)
	if len(text) > decimalBytesMax {
		return nil, fmt.Errorf("a number of %d characters is too long", len(text))
	}
	foreign := func(c rune) bool { return !strings.ContainsRune("0123456789+-.eE", c) }
	if strings.ContainsFunc(text, foreign) {
		return nil, fmt.Errorf("%q is not a decimal number", text)
	}
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		exponent, err := strconv.Atoi(text[i+1:])
		if err != nil {
			return nil, fmt.Errorf("%q is not a decimal number", text)
		}
		if max(exponent, -exponent) > decimalExponentMax {
			return nil, fmt.Errorf("the exponent of %q is out of range", text)
		}
	}
	x, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil, fmt.Errorf("%q is not a decimal number", text)
	}
	return x, nil
}

// DecimalOf reads a number of a configuration: json.Number, an integer, a
// float64 or text. A float64 stands for its shortest decimal, so 0.1 is one tenth.
func DecimalOf(value any) (*big.Rat, error) {
	switch v := value.(type) {
	case string:
		return ParseDecimal(v)
	case json.Number:
		return ParseDecimal(v.String())
	case float64:
		return ParseDecimal(strconv.FormatFloat(v, 'g', -1, 64))
	case int:
		return new(big.Rat).SetInt64(int64(v)), nil
	case int64:
		return new(big.Rat).SetInt64(v), nil
	case uint64:
		return new(big.Rat).SetUint64(v), nil
	}
	return nil, fmt.Errorf("%v is not a number", value)
}
