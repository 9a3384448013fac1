package test

import (
	"fmt"
	"testing"
)

// A trace of two threads, with calls that another one's come in between of.
func TestTraceIsReadAsItHappened(t *testing.T) {
	const text = `11 read(7<TCP:[127.0.0.1:80->127.0.0.1:4000]>,  <unfinished ...>
12 fdatasync(9<\x2f\x61> <unfinished ...>
11 <... read resumed>"\x61\x62\x63", 4096) = 3
11 read(7<TCP:[127.0.0.1:80->127.0.0.1:4000]>, 0xc000, 4096) = -1 EAGAIN (Resource temporarily unavailable)
12 <... fdatasync resumed>)           = 0
12 writev(7<TCPv6:[[::ffff:127.0.0.1]:80->[::ffff:127.0.0.1]:4000]>, [{iov_base="\x64", iov_len=1}, {iov_base="\x65\x66", iov_len=2}], 2) = 2
11 pwrite64(9<\x2f\x61>, "\x67", 1, 4096) = 1
11 read(7<TCP:[127.0.0.1:80->127.0.0.1:4000]>, "\x64", 4096) = 1
12 fdatasync(9<\x2f\x61> <unfinished ...>
11 +++ killed by SIGKILL +++
`
	var got string
	calls := parseTrace(text)
	for _, c := range calls {
		got += fmt.Sprintf("%s %s %q %d-%d\n", c.name, c.file, c.data, c.begun, c.end)
	}
	const want = `read TCP:[127.0.0.1:80->127.0.0.1:4000] "abc" 1-3
fdatasync /a "" 2-5
writev TCPv6:[[::ffff:127.0.0.1]:80->[::ffff:127.0.0.1]:4000] "de" 6-6
pwrite64 /a "g" 7-7
read TCP:[127.0.0.1:80->127.0.0.1:4000] "d" 8-8
`
	if got != want {
		t.Errorf("read\n%swant\n%s", got, want)
	}
	first, last, ok := find(streams(calls, "read"), 80, []byte("cd"))
	if !ok || first.end != 3 || last.end != 8 {
		t.Errorf("found %v from line %d to %d, where it is in those that end in 3 and 8", ok, first.end, last.end)
	}
}
