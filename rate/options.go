package rate

import (
	"cmp"
	"fmt"
	"math/big"
	"time"
)

// genericKeys are the keys of backendConfig that mean the same for each backend.
var genericKeys = []string{"spread", "interval", "timeout", "maxAge", "maxJump"}

// Bounds of the generic keys.
const (
	intervalMin, intervalMax = time.Second, 7 * 24 * time.Hour
	timeoutMin, timeoutMax   = 100 * time.Millisecond, 10 * time.Minute
	ageMin, ageMax           = time.Second, 10 * 366 * 24 * time.Hour
)

// maxJumpMax bounds maxJump. A price that becomes 1000 times as much is never an accident.
const maxJumpMax = 1000

// Field returns the path of a key of Config in the configuration, for errors.
func (o Options) Field(key string) string { return cmp.Or(o.Path, "backendConfig") + "." + key }

// fault returns an error about a key.
func (o Options) fault(key, format string, values ...any) error {
	return fmt.Errorf("%s: %w", o.Field(key), fmt.Errorf(format, values...))
}

// Interval reads how long to wait from one table to the next, by default usual. The error names
// the field.
func (o Options) Interval(usual time.Duration) (time.Duration, error) {
	return o.Duration("interval", usual, intervalMin, intervalMax)
}

// Timeout reads how long an attempt may take, by default usual.
func (o Options) Timeout(usual time.Duration) (time.Duration, error) {
	return o.Duration("timeout", usual, timeoutMin, timeoutMax)
}

// MaxAge reads how long a price may be used after the moment at which it held, by default usual.
// Zero is for ever.
func (o Options) MaxAge(usual time.Duration) (time.Duration, error) { return o.AgeAt("maxAge", usual) }

// AgeAt reads another key that is like maxAge.
func (o Options) AgeAt(key string, usual time.Duration) (time.Duration, error) {
	if age, err := DecimalOf(o.Config[key]); err == nil && age.Sign() == 0 {
		return 0, nil
	}
	return o.Duration(key, usual, ageMin, ageMax)
}

// MaxJump reads the part by which a price may change at once, by default usual, where 0.2 is a
// fifth. The word none is nil: no bound.
func (o Options) MaxJump(usual *big.Rat) (*big.Rat, error) {
	value := o.Config["maxJump"]
	switch value {
	case nil:
		return usual, nil
	case "none":
		return nil, nil
	}
	jump, err := DecimalOf(value)
	if err != nil {
		return nil, o.fault("maxJump", "%w; write a part such as 0.2, or none", err)
	}
	if jump.Sign() <= 0 || jump.Cmp(big.NewRat(maxJumpMax, 1)) > 0 {
		return nil, o.fault("maxJump", "%v is not between 0 and %d; write a part such as 0.2, or none", value, maxJumpMax)
	}
	return jump, nil
}

// Duration reads a key of whole milliseconds, by default usual, within bounds.
func (o Options) Duration(key string, usual, least, most time.Duration) (time.Duration, error) {
	value := o.Config[key]
	if value == nil {
		return usual, nil
	}
	ms, err := DecimalOf(value)
	if err != nil || !ms.IsInt() {
		return 0, o.fault(key, "%v is not a whole number of milliseconds", value)
	}
	if ms.Cmp(big.NewRat(least.Milliseconds(), 1)) < 0 || ms.Cmp(big.NewRat(most.Milliseconds(), 1)) > 0 {
		return 0, o.fault(key, "%v milliseconds are not between %d and %d", value, least.Milliseconds(), most.Milliseconds())
	}
	return time.Duration(ms.Num().Int64()) * time.Millisecond, nil
}

// Text reads a key with a text, by default usual, which also stands for a blank.
func (o Options) Text(key, usual string) (string, error) {
	switch value := o.Config[key].(type) {
	case nil:
		return usual, nil
	case string:
		return cmp.Or(value, usual), nil
	}
	return "", o.fault(key, "%v is not a text", o.Config[key])
}
