// Package smallfile reads the small files that an operator names: a token, a certificate, a
// configuration. The name may be wrong, so [Read] reads a bounded part, and does not wait for
// a file that is none.
package smallfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Read returns the contents of a file. It returns an error if the file has more than
// bytesMax bytes, or if Check returns one.
func Read(name string, bytesMax int64) ([]byte, error) {
	if err := Check(name); err != nil { // before the file is opened: that may do something to a device
		return nil, err
	}
	return readChecked(name, bytesMax)
}

// ReadRegular reads a file that is read again later, as Read does. It refuses a stream that the process
// has open, such as /dev/stdin: that can be read once, and to read it may take for ever.
func ReadRegular(name string, bytesMax int64) ([]byte, error) {
	if info, err := os.Stat(name); err == nil && isOpened(name) && !info.Mode().IsRegular() {
		return nil, readError(name, errors.New("is a stream, and not a regular file that can be read again"))
	}
	return Read(name, bytesMax)
}

// readChecked reads a file that Check has accepted. Another one may have its name by now, so it
// checks the one that it has opened once more.
func readChecked(name string, bytesMax int64) ([]byte, error) {
	file, err := open(name)
	if err != nil {
		return nil, readError(name, err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, readError(name, err)
	}
	if err := check(name, info.Mode(), func() bool { return ofKernel(file) }); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(file, bytesMax+1))
	switch {
	case err != nil:
		return nil, readError(name, err)
	case int64(len(text)) > bytesMax:
		return nil, readError(name, fmt.Errorf("is larger than %d bytes; is it the right file?", bytesMax))
	}
	return text, nil
}

// Check returns an error unless a file is there and regular. It accepts what the caller of
// the program has opened for it, such as /dev/stdin and the pipe of the shell's <(command),
// and the empty file /dev/null. It refuses files of the kernel, such as /proc/kmsg, under every
// name. Check decides by the kind of the file, not by a time, and so the read needs no deadline.
func Check(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return readError(name, err)
	}
	return check(name, info.Mode(), func() bool { return OfKernel(name) })
}

func check(name string, mode fs.FileMode, ofKernel func() bool) error {
	switch {
	case mode.IsRegular() && ofKernel():
		return readError(name, errors.New("is a file of the kernel, which may never end, not a regular file"))
	case !mode.IsRegular() && !isOpened(name) && name != os.DevNull:
		return readError(name, errors.New("is "+kind(mode)+", not a regular file"))
	}
	return nil
}

// readError returns an error about reading a file, whatever call failed.
func readError(name string, err error) error {
	var cause *fs.PathError
	if errors.As(err, &cause) {
		err = cause.Err
	}
	return &fs.PathError{Op: "read", Path: name, Err: err}
}

// isOpened reports whether the name stands for an open file of this process.
func isOpened(name string) bool {
	name = filepath.ToSlash(filepath.Clean(name))
	return name == "/dev/stdin" || strings.HasPrefix(name, "/dev/fd/") || strings.HasPrefix(name, "/proc/self/fd/")
}

// kind returns what a file is that is not regular.
func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}
