package smallfile

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// A file that the kernel makes looks like a regular one, and a read of it may never end: that
// of /proc/kmsg waits for the next message. Another name for it changes nothing.
func TestFilesOfTheKernelAreRefusedUnread(t *testing.T) {
	file, err := os.Open("/proc/version")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, name := range []string{"/proc/version", "/proc/kmsg", "/proc/self/environ", fmt.Sprintf("/dev/fd/%d", file.Fd())} {
		if err := Check(name); err == nil || !strings.Contains(err.Error(), "is a file of the kernel, which may never end, not a regular file") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if text, err := Read("/proc/version", 1<<10); err == nil {
		t.Errorf("it was read: %q", text)
	}
}

// Such a file may take the place of another one between the check and the read.
func TestOpenFilesOfTheKernelAreRefusedUnread(t *testing.T) {
	if text, err := readChecked("/proc/version", 1<<10); err == nil || !strings.Contains(err.Error(), "is a file of the kernel") {
		t.Errorf("%q, %v", text, err)
	}
}
