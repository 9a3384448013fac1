//go:build unix

package connector

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives a new file the owner and the group of another one, if they are not the same.
func keepOwner(name string, like fs.FileInfo) error {
	was, ok := like.Sys().(*syscall.Stat_t)
	info, err := os.Stat(name)
	if err != nil || !ok {
		return err
	}
	if now := info.Sys().(*syscall.Stat_t); now.Uid == was.Uid && now.Gid == was.Gid {
		return nil
	}
	return os.Chown(name, int(was.Uid), int(was.Gid))
}
