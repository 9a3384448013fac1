package route

import "time"

// decayTicks is the number of ticks in a half-life. A penalty falls at whole ticks only, so
// that it falls equally fast however often it is read.
const decayTicks = 16

// tickTime is the time between two ticks.
const tickTime = penaltyHalfLife / decayTicks

// decay[n] is the part of a penalty that is left after n ticks, 2^(-n/16), times 65,536.
var decay = [decayTicks]uint64{
	65536, 62757, 60097, 57549, 55109, 52773, 50535, 48393,
	46341, 44376, 42495, 40693, 38968, 37316, 35734, 34219,
}

// decayed returns the rest of a penalty after some ticks, rounded down.
func decayed(penalty, ticks uint32) uint32 {
	halvings := ticks / decayTicks // a shift by 32 and more leaves 0
	return uint32(uint64(penalty>>halvings) * decay[ticks%decayTicks] >> 16)
}

// tick returns the number of ticks from the first call to now.
func (d *Damping) tick(now time.Time) uint32 {
	if d.start.IsZero() {
		d.start = now
	}
	return uint32(max(0, now.Sub(d.start)) / tickTime)
}

// at returns the time at which a tick begins.
func (d *Damping) at(tick uint32) time.Time { return d.start.Add(time.Duration(tick) * tickTime) }
