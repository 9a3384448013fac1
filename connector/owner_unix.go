//go:build unix

package connector

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives a new file the owner and the group of another one, if they are not the same. It
// takes the open file and not its name: whoever may write in its folder can put a link to any file
// there meanwhile, and the operator may be root.
func keepOwner(file *os.File, like fs.FileInfo) error {
	was, ok := like.Sys().(*syscall.Stat_t)
	info, err := file.Stat()
	if err != nil || !ok {
		return err
	}
	if now := info.Sys().(*syscall.Stat_t); now.Uid == was.Uid && now.Gid == was.Gid {
		return nil
	}
	return file.Chown(int(was.Uid), int(was.Gid))
}
