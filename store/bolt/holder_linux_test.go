package bolt

import "testing"

func TestHolderIsFoundInLocks(t *testing.T) {
	const locks = `1: POSIX  ADVISORY  WRITE 11 fe:00:77 0 EOF
2: -> FLOCK  ADVISORY  WRITE 12 fe:00:77 0 EOF
3: FLOCK  ADVISORY  WRITE 13 fe:00:770 0 EOF
4: FLOCK  ADVISORY  WRITE 14 08:00:77 0 EOF
5: FLOCK  ADVISORY  READ  0 fe:00:77 0 EOF
5: FLOCK  ADVISORY  READ  15 fe:00:77 0 EOF
6: FLOCK
`
	if pid, ok := holderIn(locks, fileID(0xfe00, 77)); !ok || pid != 15 {
		t.Errorf("found %d", pid)
	}
	if pid, ok := holderIn(locks, fileID(0xfe01, 77)); ok {
		t.Errorf("found %d for another device", pid)
	}
}

// Linux keeps device numbers in an order of its own: 12 bits of the major and 8 of
// the minor number are the low ones.
func TestDeviceNumberIsTakenApart(t *testing.T) {
	for dev, want := range map[uint64]string{
		0xfe00:                "fe:00:1",
		0x0013:                "00:13:1",
		0x10302:               "103:02:1",
		0x0000_1000_0010_0305: "1003:105:1",
	} {
		if got := fileID(dev, 1); got != want {
			t.Errorf("%#x is %s and not %s", dev, got, want)
		}
	}
}
