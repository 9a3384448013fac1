package settle

// State is how far a settlement has come.
//
//	           handed           paid
//	intended ─────────> sent ─────────> confirmed
//	   │                 │ │                ^
//	   │ dropped         │ │ lost           │ paid
//	   v   refused, void │ └─────> unknown ─┘
//	not sent <───────────┘            │ │^
//	   ^             void             │ └┘ lost, refused
//	   └──────────────────────────────┘
//
// Each state is durable before what follows from it is done: intended before anything,
// sent before the first call of Pay, confirmed and not sent before the next settlement.
// A settlement that is found as sent after a restart is unknown.
type State uint8

// The states.
const (
	Intended  State = iota + 1 // decided; the settler has not been told
	Sent                       // the settler has been told, for the first time
	Confirmed                  // the money is on its way
	NotSent                    // no money moved, none will, and the debt is as it was
	Unknown                    // nobody knows; the settler is asked again under the same id, for 20 hours
)

// Open reports whether the settlement has not ended.
func (s State) Open() bool { return s == Intended || s == Sent || s == Unknown }

// event is what happens to a settlement.
type event uint8

const (
	handed  event = iota // it is about to be handed to the settler
	dropped              // the process ended before it was handed over
	paid                 // the settler, or an operator, says that it was paid
	refused              // a call sent nothing; what earlier ones did is another matter
	voided               // the settler, or an operator, says that it was and will be paid by no call
	lost                 // a call ended and nobody knows how
)

// next is the state after an event; ok is false if the event cannot happen.
func next(s State, e event) (after State, ok bool) {
	switch s {
	case Intended:
		switch e {
		case handed:
			return Sent, true
		case dropped:
			return NotSent, true
		}
	case Sent:
		switch e {
		case paid:
			return Confirmed, true
		case refused, voided:
			return NotSent, true
		case lost:
			return Unknown, true
		}
	case Unknown:
		switch e {
		case paid:
			return Confirmed, true
		case voided:
			return NotSent, true
		case refused, lost:
			return Unknown, true
		}
	}
	return s, false
}

// names are the states in the store and for operators.
var names = [...]string{
	Intended: "intended", Sent: "sent", Confirmed: "confirmed", NotSent: "not sent", Unknown: "unknown",
}

// String is the state for operators.
func (s State) String() string {
	if int(s) < len(names) && names[s] != "" {
		return names[s]
	}
	return "none"
}

// parseState reads what String wrote.
func parseState(text string) (s State, ok bool) {
	for s, name := range names {
		if name != "" && name == text {
			return State(s), true
		}
	}
	return 0, false
}
