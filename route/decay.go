package route

import "time"

// decayTicks is how many steps a half-life has. Penalties fall at whole ticks only, so
// that how often one looks at a penalty does not change how fast it falls.
const decayTicks = 16

// decay is what is left after each number of ticks, 2^(-n/16), in parts of 65,536.
var decay = [decayTicks]uint64{
	65536, 62757, 60097, 57549, 55109, 52773, 50535, 48393,
	46341, 44376, 42495, 40693, 38968, 37316, 35734, 34219,
}

// decayed is what is left of a penalty after some ticks, rounded down.
func decayed(penalty, ticks uint32) uint32 {
	halvings := ticks / decayTicks // a shift by 32 and more leaves 0
	return uint32(uint64(penalty>>halvings) * decay[ticks%decayTicks] >> 16)
}

// tick is the number of the tick that now is in, from the first call on.
func (d *Damping) tick(now time.Time) uint32 {
	if d.start.IsZero() {
		d.start = now
	}
	return uint32(max(0, now.Sub(d.start)) / (penaltyHalfLife / decayTicks))
}
