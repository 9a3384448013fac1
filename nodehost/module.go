package nodehost

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ilp-go/connector/ilp"
)

// Kind is what a module is for.
type Kind string

// The kinds, in the order in which modules are constructed, which is that of the reference.
const (
	Store      Kind = "store"
	Backend    Kind = "backend"
	Middleware Kind = "middleware"
	Plugin     Kind = "plugin"
	// Chain is no module, but what the middlewares have put into the pipelines of one account.
	Chain Kind = "chain"
)

// order returns the place of a kind in the order of construction.
func (k Kind) order() int {
	switch k {
	case Store:
		return 0
	case Backend:
		return 1
	case Middleware:
		return 2
	case Plugin:
		return 3
	}
	return 4
}

// Module says what to construct.
type Module struct {
	Kind Kind
	// Name is the module as the configuration names it, for operators. Path is its file.
	Name, Path string
	// Account is that of a plugin, empty for other kinds.
	Account string
	// Options become the first argument of the constructor. They are JSON.
	Options json.RawMessage
	// Store is the object of a hosted store that a plugin keeps its data in, nil to keep it with the
	// Handler. If the store is in another process, calls of it come to the Handler too.
	Store *Object
}

// Handler takes what a module and its process do. Its methods are called one at a time, on the
// goroutine that reads from the process, and must not block.
type Handler interface {
	// Up says that the module was constructed, in a new process, and can be called. The object is
	// the one that Add returns.
	Up(*Object, Constructed)
	// Down says why the module cannot be used: its process has ended, is silent, or could not
	// construct it. A plugin is not connected then. After a Down comes an Up, or another Down.
	Down(why error)
}

// Constructed is what the process says of a module that it has constructed.
type Constructed struct {
	AdminInfo     bool `json:"adminInfo"`     // a plugin has getAdminInfo
	SendAdminInfo bool `json:"sendAdminInfo"` // a plugin has sendAdminInfo
	Compat        bool `json:"compat"`        // it is a plugin of LPI v1, behind ilp-compat-plugin
	SubmitPacket  bool `json:"submitPacket"`  // a backend has submitPacket
	// Places has, of a Chain, the elements of each pipeline in order: the name of a built-in one, or
	// the number of a stage.
	Places map[string][]json.RawMessage `json:"places"`
}

// PacketHandler is the Handler of a plugin, which brings packets and answers them.
type PacketHandler interface {
	Handler
	ilp.Handler
	// HandleUnmatched takes an answer that no request waits for any more.
	HandleUnmatched(reply ilp.Reply)
	// Connected says that the plugin has become connected, or stopped being so.
	Connected(connected bool)
}

// CallHandler is a Handler that a module may call.
type CallHandler interface {
	Handler
	// Call takes a call of the module. Its arguments are borrowed. answer is called once, on any
	// goroutine; the result becomes JSON, and nil is undefined.
	Call(method string, args []json.RawMessage, answer func(result any, err error))
}

// EventHandler is a Handler that a module tells of something, without an answer.
type EventHandler interface {
	Handler
	// Event takes what the module tells. args are borrowed.
	Event(name string, args []json.RawMessage)
}

// StageHandler takes what the stages of middlewares do with packets. Its methods are called as
// those of a Handler.
type StageHandler interface {
	// Began says that a process has begun, whose stages take packets by s.
	Began(s *Stages)
	// Next takes a Prepare that a stage passes on. packet is borrowed.
	Next(id uint32, packet []byte, batch *ilp.ReadBatch)
	// Answer takes the answer of a stage: bytes that should be a Fulfill or a Reject, and are borrowed.
	Answer(id uint32, reply []byte, batch *ilp.ReadBatch)
	// Fail takes the error of a stage.
	Fail(id uint32, failed *Error, batch *ilp.ReadBatch)
	// Silent says that the process does not answer, or answers again.
	Silent(silent bool)
	// Lost says that the process that began last has ended.
	Lost()
}

// Error is what a module has thrown, or what a call of it failed with.
type Error struct {
	// Name is the class of the error, and Message its text.
	Name    string `json:"name,omitempty"`
	Message string `json:"message"`
	// Code is ilpErrorCode, empty if it has none, and Data is ilpErrorData.
	Code string `json:"code,omitempty"`
	Data []byte `json:"data,omitempty"`
	// Unconnected says that isConnected was false, so that the module was not called.
	Unconnected bool `json:"unconnected,omitempty"`
	// NotSent says that the module is sure that no money has moved.
	NotSent bool `json:"notSent,omitempty"`
	// Culprit is the number of the object that is to blame, 0 if it is that of the call itself.
	Culprit uint32 `json:"culprit,omitempty"`
	// Nothing says that the module threw no object; Message shows the value.
	Nothing bool `json:"nothing,omitempty"`
}

// Error returns the message with the class, as JavaScript shows it.
func (e *Error) Error() string {
	if e.Name == "" || e.Nothing {
		return e.Message
	}
	return fmt.Sprintf("%s: %s", e.Name, e.Message)
}

// Why an object cannot be called.
var (
	// ErrDown says that the process of the module does not run, so that the module was not called.
	ErrDown = errors.New("the node host is down")
	// ErrLost says that the process has ended before the module answered.
	ErrLost = errors.New("the node host has ended before it answered")
	// ErrBusy says that too much waits for the process, so that the module was not called.
	ErrBusy = errors.New("the node host does not keep up")
)

// Starting reports whether an error that a Handler is given says that the first process has not
// started yet.
func Starting(why error) bool { return errors.Is(why, errNotStarted) }

// IsDown reports whether an error that a Handler is given is about the process, and not about the
// module itself.
func IsDown(why error) bool { return errors.Is(why, ErrDown) || errors.Is(why, ErrLost) }

// NextTry returns when a module is tried again, by itself or with its process, as far as an error that a
// Handler is given knows that. Otherwise it returns the zero time.
func NextTry(why error) time.Time {
	if failed, ok := errors.AsType[*notConstructedError](why); ok {
		return failed.next
	}
	if ended, ok := errors.AsType[*endedError](why); ok {
		return ended.next
	}
	return time.Time{}
}

// endedError says that a process has ended, and when the next one starts.
type endedError struct {
	error
	next time.Time
}

// Unwrap returns why it has ended.
func (e *endedError) Unwrap() error { return e.error }

var (
	_ error = (*Error)(nil)
	_ error = (*endedError)(nil)
)
