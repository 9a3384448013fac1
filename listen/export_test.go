package listen

import (
	"context"
	"net"
)

// Serve serves a listener of a test until ctx ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) { _ = s.serve(ctx, l) }

// AddressesMax is the bound of the addresses without sockets.
const AddressesMax = addressesMax

// FailFrom is a login from an address that fails.
func (s *Server) FailFrom(from net.IP) {
	one := s.sockets.add(remote{from: from})
	one.Failed()
	_ = one.Close()
}

// Addresses returns how many addresses are remembered.
func (s *Server) Addresses() int {
	s.sockets.mu.Lock()
	defer s.sockets.mu.Unlock()
	return len(s.sockets.addresses)
}

// remote is a connection of which there is only the address.
type remote struct {
	net.Conn
	from net.IP
}

func (r remote) RemoteAddr() net.Addr { return &net.TCPAddr{IP: r.from, Port: 1} }
func (r remote) Close() error         { return nil }
