package config

import "math/big"

// limit is a balance in the configuration: a whole number of any size, infinite
// in either direction, or not given.
type limit struct {
	given    bool
	infinite int // -1, 0 or 1
	number   *big.Int
}

func parseLimit(text string) limit {
	switch text {
	case "Infinity":
		return limit{given: true, infinite: 1}
	case "-Infinity":
		return limit{given: true, infinite: -1}
	}
	n, ok := new(big.Int).SetString(text, 10)
	return limit{given: ok, number: n}
}

func (l limit) compare(m limit) int {
	if l.infinite != 0 || m.infinite != 0 {
		return l.infinite - m.infinite
	}
	return l.number.Cmp(m.number)
}

// above is whether both are given and l is the greater one.
func (l limit) above(m limit) bool {
	return l.given && m.given && l.compare(m) > 0
}
