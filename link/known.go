package link

import "net"

// Knower is a connection whose listener bounds those that are not authenticated.
type Knower interface {
	// Known notes that the peer has authenticated itself.
	Known()
	// Failed notes that it could not.
	Failed()
}

// KnowerOf returns the Knower that a connection is, or that is below its TLS, nil if there is
// none.
func KnowerOf(conn net.Conn) Knower {
	if secure, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = secure.NetConn()
	}
	k, _ := conn.(Knower)
	return k
}
