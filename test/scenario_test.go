package test

import "time"

// subject is one configuration and what is done to a connector that has it. Everything that can be seen of it
// is compared between the reference and ours.
type subject struct {
	name      string
	config    config
	absent    []string // accounts that nobody connects to
	clients   []client // of the accounts that take many
	scenarios []scenario
	// differs names the facts of the admin API that are others in ours.
	differs []difference
	// diverges says why the routes of ours are others in the end. What they are the scenarios tell.
	diverges string
}

// client is a JavaScript account that is one of many clients of an account; both are named by the user name.
type client struct{ user, of string }

// scenario is one thing done to a connector.
type scenario struct {
	name   string
	do     action
	answer answer // of whoever receives the packet; without one it is fulfilled
	label  string // packets with the same label have the same condition; the name is the label if empty

	// differs says why ours does not do as the reference, and better is what it does then.
	differs string
	better  outcome
	// wording says why the words of ours are its own; all else is the same.
	wording string
}

// add adds a scenario to the subject. What it returns is good for changes until the next one is added.
func (s *subject) add(name string, do action) *scenario {
	s.scenarios = append(s.scenarios, scenario{name: name, do: do})
	return &s.scenarios[len(s.scenarios)-1]
}

// differ says that ours does something else.
func (s *scenario) differ(reason string, better outcome) *scenario {
	s.differs, s.better = reason, better
	return s
}

// difference is a fact of the admin API on which ours differs.
type difference struct {
	fact   string
	better string // absent if empty
	reason string
}

// action is done to a connector in the name of one of its accounts, or by an operator.
type action interface {
	perform(b *bench, s scenario) reply
}

// prepare sends a Prepare that the npm ilp-packet can write.
type prepare struct {
	from, to  string
	amount    string        // 100 if empty
	expiresIn time.Duration // from now; 10 s if zero
	expiresAt time.Duration // from the start of the connector instead, for packets that shall be the same
	condition string        // of the label if empty
	data      string
}

// send sends bytes as the ilp entry of a MESSAGE.
type send struct {
	from  string
	bytes func(good packet) []byte
}

// call sends a BTP request with any protocol data.
type call struct {
	from     string
	transfer string // the amount of a TRANSFER; a MESSAGE if empty
	entries  func(good packet) []entry
}

// release lets the answers go that an account holds back.
type release struct{ at string }

// overlap sends a packet whose answer the next hop, at, holds back, then another, and then has the first answered.
type overlap struct {
	first, second prepare
	at            string
}

// introduce tells how the connector introduced itself to the other end of an account that it dials.
type introduce struct{ to string }

// ask makes a request to the admin API. ALERT in the path is the id of the only alert.
type ask struct{ method, path, body string }

// look reads the balances.
type look struct{}

// outcome is what came of a scenario.
type outcome struct {
	Reply    reply      `json:"reply"`
	Received []delivery `json:"received,omitempty"`
}

// reply is what whoever acted got back. Its type says which of the fields have a meaning:
// fulfill, reject, empty, unreadable (a packet that is neither), response and error (of BTP), failure (of the
// npm plugin), overlap, introduction, balances, http, frames, talk, and none.
type reply struct {
	Type        string       `json:"type"`
	Code        string       `json:"code,omitempty"`
	Name        string       `json:"name,omitempty"`
	TriggeredBy string       `json:"triggeredBy,omitempty"`
	Message     string       `json:"message,omitempty"`
	Data        string       `json:"data,omitempty"`
	Fulfillment string       `json:"fulfillment,omitempty"`
	Odd         string       `json:"odd,omitempty"` // set if the npm ilp-packet would write the packet otherwise
	Hex         string       `json:"hex,omitempty"`
	Entries     []replyEntry `json:"entries,omitempty"`
	Status      int          `json:"status,omitempty"`
	Frames      []string     `json:"frames,omitempty"`
}

type replyEntry struct {
	Name  string `json:"name"`
	Type  int    `json:"type"`
	Reply reply  `json:"reply"`
}

// delivery is a packet as a next hop received it.
type delivery struct {
	At          string `json:"at"`
	Amount      string `json:"amount"`
	Destination string `json:"destination"`
	Expiry      string `json:"expiry"` // relative to the sender's, or to now
	Condition   string `json:"condition"`
	Data        string `json:"data,omitempty"`
	Odd         string `json:"odd,omitempty"` // set if the npm ilp-packet would write the packet otherwise
}

// rejected is the outcome of a packet that goes no further.
func rejected(code, triggeredBy, message string) outcome {
	return outcome{Reply: reply{Type: "reject", Code: code, TriggeredBy: triggeredBy, Message: message}}
}
