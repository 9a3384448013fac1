package subject

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports come from above the range from which Linux takes those of outgoing
// connections (ip_local_port_range), so that none of these is in the way between the
// choice and its use; and hardly anybody listens there.
const portMin, portMax = 61000, 65536

// freePorts finds n ports in a row that nobody listens on.
func freePorts(n int) (first int, err error) {
	if n > portMax-portMin {
		return 0, fmt.Errorf("%d ports are too many", n)
	}
	for range 100 {
		first := portMin + rand.IntN(portMax-portMin-n+1)
		if areFree(first, n) {
			return first, nil
		}
	}
	return 0, errors.New("no free ports")
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
