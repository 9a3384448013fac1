package balance

import "errors"

// Why Set refuses a balance, beside ErrOutOfRange.
var (
	// ErrUnderWay says that packets or settlements have not ended.
	ErrUnderWay = errors.New("packets or settlements are under way")
	// ErrMoved says that the balance is neither 0 nor the one to set.
	ErrMoved = errors.New("the balance is neither 0 nor the one to set")
	// ErrBeyondLimits says that the balance to set is above the maximum or below the
	// minimum.
	ErrBeyondLimits = errors.New("the balance to set is beyond the limits")
)

// Setting is a posted balance to set.
type Setting struct {
	Balance *Balance
	Posted  Amount
}

// Allow says what Set does all the same.
type Allow struct {
	Moved  bool // replace a balance that is not 0
	Limits bool // set a balance beyond its limits
}

// Set sets posted balances at one moment: all of them, or none. It returns the posted
// balances of before. If it refuses some, refused has an error for each of these and nil for
// the others. To set what a balance is already is no change, and only ErrUnderWay refuses it.
//
// Calls may overlap if they name the balances in the same order. Naming one twice would
// wait forever.
func Set(all []Setting, allow Allow) (before []Amount, refused []error) {
	return set(all, allow, true)
}

// Try returns what Set would return now, and changes nothing.
func Try(all []Setting, allow Allow) (before []Amount, refused []error) {
	return set(all, allow, false)
}

func set(all []Setting, allow Allow, change bool) (before []Amount, refused []error) {
	for _, s := range all {
		s.Balance.mu.Lock()
		defer s.Balance.mu.Unlock()
	}
	before = make([]Amount, len(all))
	for i, s := range all {
		before[i] = s.Balance.state.Posted
		if err := s.refusalLocked(allow); err != nil {
			if refused == nil {
				refused = make([]error, len(all))
			}
			refused[i] = err
		}
	}
	if change && refused == nil {
		for _, s := range all {
			s.Balance.state.Posted = s.Posted
		}
	}
	return before, refused
}

// refusalLocked returns why the balance cannot be set, nil if it can.
func (s Setting) refusalLocked(allow Allow) error {
	now := s.Balance.state
	_, fits := s.Posted.Sub(now.Posted) // what a store must add
	switch {
	case now.PendingIn.Sign() != 0, now.PendingOut.Sign() != 0, now.Settling.Sign() != 0:
		return ErrUnderWay
	case now.Posted == s.Posted:
		return nil
	case now.Posted.Sign() != 0 && !allow.Moved:
		return ErrMoved
	case !allow.Limits && (now.Maximum.Cmp(s.Posted) < 0 || now.Minimum.Cmp(s.Posted) > 0):
		return ErrBeyondLimits
	case !fits:
		return ErrOutOfRange
	}
	return nil
}
