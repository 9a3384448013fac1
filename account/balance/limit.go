package balance

import (
	"encoding"
	"fmt"
)

// Limit is an Amount or one of the two infinities. The zero value is the limit
// 0, not the absence of one: having no limit must be said.
type Limit struct {
	amount   Amount
	infinite int8 // -1 below every Amount, +1 above every Amount, 0 finite
}

// Limits are the two bounds of a balance. The zero value lets no money pass. A
// minimum above the maximum is not an error here: no packet fits between.
type Limits struct {
	Minimum Limit // outgoing packets stop here: the most we are willing to owe
	Maximum Limit // incoming packets stop here: the most they may owe us
}

// The words for the infinities in the configuration and the admin API.
const (
	infinityText         = "Infinity"
	negativeInfinityText = "-Infinity"
)

// Finite returns the limit that stands at an amount.
func Finite(amount Amount) Limit {
	return Limit{amount: amount}
}

// Infinity returns the limit above every Amount: as a maximum, none at all.
func Infinity() Limit {
	return Limit{infinite: +1}
}

// NegativeInfinity returns the limit below every Amount: as a minimum, none at all.
func NegativeInfinity() Limit {
	return Limit{infinite: -1}
}

// ParseLimit reads "Infinity", "-Infinity" or what Parse reads, with its errors.
func ParseLimit(text string) (Limit, error) {
	switch text {
	case infinityText:
		return Infinity(), nil
	case negativeInfinityText:
		return NegativeInfinity(), nil
	}
	amount, err := Parse(text)
	if err != nil {
		return Limit{}, err
	}
	return Finite(amount), nil
}

// Cmp returns -1 if the limit is below the amount, 0 if it stands at it and +1
// if it is above.
func (l Limit) Cmp(amount Amount) int {
	if l.infinite != 0 {
		return int(l.infinite)
	}
	return l.amount.Cmp(amount)
}

// Above reports whether l is greater than m.
func (l Limit) Above(m Limit) bool {
	if l.infinite != m.infinite {
		return l.infinite > m.infinite
	}
	return l.infinite == 0 && l.amount.Cmp(m.amount) > 0
}

// Amount returns where the limit stands; ok is false for an infinity.
func (l Limit) Amount() (amount Amount, ok bool) {
	return l.amount, l.infinite == 0
}

// String returns the form that ParseLimit reads.
func (l Limit) String() string {
	switch {
	case l.infinite > 0:
		return infinityText
	case l.infinite < 0:
		return negativeInfinityText
	}
	return l.amount.String()
}

// AppendText appends the form that ParseLimit reads to b and returns the
// extended buffer. The error is always nil.
func (l Limit) AppendText(b []byte) ([]byte, error) {
	if l.infinite != 0 {
		return append(b, l.String()...), nil
	}
	return l.amount.AppendText(b)
}

var (
	_ encoding.TextAppender = Limit{}
	_ fmt.Stringer          = Limit{}
)
