package subject

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports are above the range of outgoing connections (ip_local_port_range), so that no connection takes
// a chosen port before the process listens there. Few programs listen on these ports.
const portMin, portMax = 61000, 65536

// freePorts returns the first of n consecutive free ports.
func freePorts(n int) (first int, err error) {
	if n > portMax-portMin {
		return 0, fmt.Errorf("%d ports are too many: there are %d", n, portMax-portMin)
	}
	for range 100 {
		first := portMin + rand.IntN(portMax-portMin-n+1)
		if areFree(first, n) {
			return first, nil
		}
	}
	return 0, fmt.Errorf("found no %d consecutive free ports from %d on", n, portMin)
}

func areFree(first, n int) bool {
	for port := first; port < first+n; port++ {
		listener, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
		if err != nil {
			return false
		}
		_ = listener.Close()
	}
	return true
}
