package balance

// State is a Balance at one moment: a value to show, to compare and to store. The
// package comment explains the parts.
type State struct {
	Posted     Amount // fulfilled, settled, credited and edited: what must be durable
	PendingIn  Amount // Prepares we hold for the counterparty, never negative
	PendingOut Amount // reserved for Prepares we sent the counterparty, never negative
	Settling   Amount // settlements under way from us to the counterparty, never negative
	Limits
}

// Balance returns Posted + PendingIn, which is what the reference and our admin
// API call the balance of an account.
func (s State) Balance() Amount {
	return s.Posted.plus(s.PendingIn)
}

// Highest returns Posted + PendingIn + Settling: the balance if every Prepare we
// hold is fulfilled and every settlement under way is sent. Maximum bounds it.
func (s State) Highest() Amount {
	return s.Balance().plus(s.Settling)
}

// Lowest returns Posted - PendingOut: the balance if every Prepare we sent is
// fulfilled. Minimum bounds it.
func (s State) Lowest() Amount {
	return s.Posted.minus(s.PendingOut)
}

// RoomIn returns the largest amount that Hold still takes, negative if the balance is above
// its maximum, Infinity without a maximum.
func (s State) RoomIn() Limit { return room(s.Maximum, s.Highest(), Amount.Sub) }

// RoomOut returns the largest amount that Reserve still takes, negative if the balance is
// below its minimum, Infinity without a minimum.
func (s State) RoomOut() Limit {
	return room(s.Minimum, s.Lowest(), func(limit, at Amount) (Amount, bool) { return at.Sub(limit) })
}

func room(limit Limit, at Amount, distance func(limit, at Amount) (Amount, bool)) Limit {
	amount, finite := limit.Amount()
	if left, fits := distance(amount, at); finite && fits {
		return Finite(left)
	}
	return Infinity()
}
