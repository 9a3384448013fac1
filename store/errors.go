package store

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// Reasons why a store cannot be opened. The errors that wrap them name the store and say
// what to do.
var (
	// ErrInUse says that another process has the store open.
	ErrInUse = errors.New("in use")
	// ErrDamaged says that a file is not as it was written.
	ErrDamaged = errors.New("damaged")
	// ErrNewer says that a later version has written the store.
	ErrNewer = errors.New("is from a later version")
)

// InUseError is an ErrInUse with the directory of the store and the process that has it open.
type InUseError struct{ Dir, By string }

// Error says which process has the store open, and what to do.
func (e *InUseError) Error() string {
	return fmt.Sprintf("%s is %v by %s: only one connector can have a store; stop that one, or give this one another storePath",
		e.Dir, ErrInUse, e.By)
}

// Unwrap returns ErrInUse.
func (*InUseError) Unwrap() error { return ErrInUse }

// ErrFailed says that a write or sync of an open store has failed, now or earlier, so that
// the contents of the disk are unknown. No later Apply succeeds.
var ErrFailed = errors.New("has failed")

// Explain adds to an error of the operating system what the operator can do.
func Explain(err error) error {
	hint := ""
	switch {
	case errors.Is(err, syscall.EROFS):
		hint = "a service manager may forbid writing there: with systemd, see StateDirectory and ReadWritePaths"
	case errors.Is(err, fs.ErrPermission):
		hint = "the user that runs the connector must be able to read and write it"
	case IsFull(err):
		hint = "make room on the disk"
	case errors.Is(err, syscall.EFBIG):
		hint = "files may not grow that large here: with a shell see ulimit -f, with systemd LimitFSIZE"
	case errors.Is(err, syscall.EISDIR):
		hint = "move it away: a file of the store belongs there"
	case errors.Is(err, syscall.ENAMETOOLONG):
		hint = "use a shorter path"
	case errors.Is(err, syscall.ELOOP):
		hint = "a symbolic link leads back to itself"
	case errors.Is(err, syscall.EIO):
		hint = "the disk may be failing"
	default:
		return err
	}
	return fmt.Errorf("%w (%s)", err, hint)
}

// IsFull reports whether the disk was full.
func IsFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

var _ error = (*InUseError)(nil)
