package link

import (
	"fmt"
	"runtime/debug"
)

// Panic is a panic that was caught on one goroutine and continues on another. It keeps
// the stack of the first.
type Panic struct {
	Value any
	Stack []byte
}

// Error returns the value of the panic, without the stack.
func (p *Panic) Error() string { return fmt.Sprintf("panic: %v", p.Value) }

// Unwrap returns the value if it is an error, nil otherwise.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// Catch calls f and returns its panic, or nil if it did not panic.
func Catch(f func()) (p *Panic) {
	defer func() { p = Caught(recover()) }()
	f()
	return nil
}

// Caught returns a Panic with the value that a deferred function has recovered, or nil if
// that is nil. It returns a value that is a Panic already as it is.
func Caught(recovered any) *Panic {
	switch v := recovered.(type) {
	case nil:
		return nil
	case *Panic:
		return v
	}
	return &Panic{Value: recovered, Stack: debug.Stack()}
}

var _ error = (*Panic)(nil)
