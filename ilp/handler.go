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
