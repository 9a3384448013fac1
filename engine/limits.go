package engine

// Limit is a limit of an account as it is now, in the words of its Cause.
type Limit struct {
	// Name is the name of the Cause of its refusals.
	Name string
	// Outgoing says that it is about packets to the account, and not from it.
	Outgoing bool
	// Limit is where the limit is, and Room what is left of it.
	Limit, Room string
}

// Limits returns the limits of the account that the port is of, in the order in which packets pass
// them. It takes each lock for as long as a packet does.
func (port *Port) Limits() []Limit { return LimitsOf(port.in, port.out) }

// Incoming returns the middlewares that packets from the account pass, in order. The caller must not
// change the slice.
func (port *Port) Incoming() []Middleware { return port.in }

// Limited is a Middleware that refuses packets for more causes than one.
type Limited interface {
	Middleware
	// Causes returns them. The Room of each is asked as that of a refusal is.
	Causes() []Cause
}

// LimitsOf returns the limits in the two chains of an account: those middlewares that are a Cause
// with Room, and the causes with Room of those that are Limited. Room may panic, as it belongs to
// an extension.
func LimitsOf(in, out []Middleware) (limits []Limit) {
	add := func(chain []Middleware, outgoing bool) {
		for _, m := range chain {
			var causes []Cause
			if l, ok := m.(Limited); ok {
				causes = l.Causes()
			} else if c, ok := m.(Cause); ok {
				causes = []Cause{c}
			}
			for _, c := range causes {
				if limit, room := c.Room(); limit != "" {
					limits = append(limits, Limit{c.Name(), outgoing, limit, room})
				}
			}
		}
	}
	add(in, false)
	add(out, true)
	return limits
}
