package bolt

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// holder returns the process that holds the lock of a file, from /proc/locks. It reports
// false if that file is hidden or the process is in another container.
func holder(path string) (pid int, ok bool) {
	var file syscall.Stat_t
	if err := syscall.Stat(path, &file); err != nil {
		return 0, false
	}
	locks, err := os.ReadFile("/proc/locks")
	if err != nil {
		return 0, false
	}
	return holderIn(string(locks), fileID(uint64(file.Dev), file.Ino)) //nolint:unconvert // Dev has other types elsewhere
}

// fileID returns the name of a file in /proc/locks: the major and minor number of the
// device in hexadecimal digits, and the inode.
func fileID(dev, inode uint64) string {
	major := (dev&0x00000000000fff00)>>8 | (dev&0xfffff00000000000)>>32
	minor := dev&0x00000000000000ff | (dev&0x00000ffffff00000)>>12
	return fmt.Sprintf("%02x:%02x:%d", major, minor, inode)
}

// holderIn returns the process from lines such as
//
//	1: FLOCK  ADVISORY  WRITE 708 00:13:11 0 EOF
//
// A line with "->" behind its number is a process that waits.
func holderIn(locks, file string) (pid int, ok bool) {
	for line := range strings.Lines(locks) {
		fields := strings.Fields(line)
		if len(fields) < 6 || fields[1] != "FLOCK" || fields[5] != file {
			continue
		}
		if pid, err := strconv.Atoi(fields[4]); err == nil && pid > 0 {
			return pid, true
		}
	}
	return 0, false
}
