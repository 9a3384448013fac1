package store

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// Why a store cannot be opened. What is wrapped around them says which store, and
// what to do.
var (
	// ErrInUse says that another process has the store open.
	ErrInUse = errors.New("in use")
	// ErrDamaged says that a file is not what was written.
	ErrDamaged = errors.New("damaged")
	// ErrNewer says that a later version has written the store.
	ErrNewer = errors.New("is from a later version")
)

// InUseError is an ErrInUse that says which store it is, and who has it open.
type InUseError struct{ Dir, By string }

// Error is the text, with what to do for who wants to open the store.
func (e *InUseError) Error() string {
	return fmt.Sprintf("%s is %v by %s: only one connector can have a store; stop that one, or give this one another storePath",
		e.Dir, ErrInUse, e.By)
}

// Unwrap is ErrInUse.
func (*InUseError) Unwrap() error { return ErrInUse }

// ErrFailed says that a store that is open could not be written or synced, now or
// earlier, and that it is not known what the disk holds. No later Apply succeeds.
var ErrFailed = errors.New("has failed")

// Explain adds what to do to an error of the system, where its own words do not tell.
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
	case errors.Is(err, syscall.EIO):
		hint = "the disk may be failing"
	default:
		return err
	}
	return fmt.Errorf("%w (%s)", err, hint)
}

// IsFull reports whether there was no room on the disk.
func IsFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

var _ error = (*InUseError)(nil)
