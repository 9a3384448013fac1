package ilp

// Handler is anything that takes a Prepare.
//
// HandlePrepare does not block. It borrows prepare until it returns, and may patch its
// amount and expiry. It makes sure that up.WriteReply is called exactly once, on any
// goroutine, before or after it returns.
type Handler interface {
	HandlePrepare(up ReplyWriter, prepare Prepare)
}

// ReplyWriter waits for the answer to a Prepare.
//
// WriteReply does not block, and borrows reply until it returns. A second call for the
// same Prepare is a mistake of the caller.
type ReplyWriter interface {
	WriteReply(reply Reply)
}

// Receipt is told what has become of a Fulfill. A link that must tell its peer gives one with the
// Fulfill, to a ReceiptWriter.
type Receipt interface {
	// Resolve is called once, perhaps before WriteFulfill returns, and perhaps on another
	// goroutine. It must not block.
	Resolve(Outcome)
}

// Outcome is what has become of a Fulfill.
type Outcome uint8

// The outcomes of a Fulfill.
const (
	// Counted says that the Fulfill is the answer to its Prepare. If it moves money, that is
	// durable, where balances are.
	Counted Outcome = iota + 1
	// Void says that the Fulfill came too late, or did not match the condition. It moves no money.
	Void
	// Unknown says that writing the money has failed. It may have been written all the same.
	Unknown
)

// ReceiptWriter is a ReplyWriter that can say what becomes of a Fulfill.
type ReceiptWriter interface {
	ReplyWriter
	// WriteFulfill takes a Fulfill as WriteReply does, and tells receipt its outcome.
	WriteFulfill(fulfill Reply, receipt Receipt)
}

// HandlerFunc is a function that is a Handler.
type HandlerFunc func(up ReplyWriter, prepare Prepare)

// HandlePrepare calls f.
func (f HandlerFunc) HandlePrepare(up ReplyWriter, prepare Prepare) { f(up, prepare) }

// ReplyFunc is a function that is a ReplyWriter.
type ReplyFunc func(reply Reply)

// WriteReply calls f.
func (f ReplyFunc) WriteReply(reply Reply) { f(reply) }

var (
	_ Handler     = HandlerFunc(nil)
	_ ReplyWriter = ReplyFunc(nil)
)
