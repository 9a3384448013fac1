//go:build linux

package main

import "testing"

func TestListeningGoroutinesAreCounted(t *testing.T) {
	const profile = `goroutine profile: total 14
10 @ 0x1 0x2
#	0x1	net.(*TCPListener).Accept+0x1	net/tcpsock.go:1
#	0x2	github.com/ilp-go/connector/listen.(*Server).listen+0x1	listen/server.go:1

2 @ 0x1 0x3
#	0x1	net.(*TCPListener).Accept+0x1	net/tcpsock.go:1
#	0x3	github.com/ilp-go/connector/admin.(*Server).Run+0x1	admin/server.go:1

1 @ 0x1 0x4
#	0x1	net.(*TCPListener).Accept+0x1	net/tcpsock.go:1
#	0x4	main.main.func1+0x1	profiled/main.go:1

1 @ 0x5
#	0x5	github.com/ilp-go/connector/link/btplink.(*session).readLoop+0x1	link/btplink/read.go:1
`
	if n, err := countListening(profile); n != 10 || err != nil {
		t.Errorf("%v listen, %v", n, err)
	}
	if _, err := countListening("?\n#	0x1	" + acceptFrame); err == nil {
		t.Error("a stack without a number of goroutines was counted")
	}
}
