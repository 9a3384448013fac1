package store

import (
	"errors"
	"fmt"
	"sync/atomic"
)

// Failure keeps the first failure of a store, after which nothing more is stored. The zero
// value has none. Its methods are safe for concurrent use.
type Failure struct{ first atomic.Pointer[error] }

// Set records that the store in dir has failed, unless it has already, and returns the
// failure. It keeps a cause that is an ErrFailed, of a store below, as it is.
func (f *Failure) Set(dir string, cause error) error {
	err := cause
	if !errors.Is(cause, ErrFailed) {
		err = fmt.Errorf("%s %w: %w; nothing more is stored until the connector is started again", dir, ErrFailed, Explain(cause))
	}
	f.first.CompareAndSwap(nil, &err)
	return f.Err()
}

// Err returns the failure, nil if there is none.
func (f *Failure) Err() error {
	if err := f.first.Load(); err != nil {
		return *err
	}
	return nil
}
