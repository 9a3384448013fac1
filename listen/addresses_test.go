package listen_test

import (
	"encoding/binary"
	"net"
	"testing"

	"github.com/ilp-go/connector/listen"
)

// A stranger that has very many addresses makes us remember a bounded number of them.
func TestAddressesThatFailAreBounded(t *testing.T) {
	s := listen.New(listen.Options{})
	for i := range uint32(listen.AddressesMax + 5_000) {
		ip := append(net.ParseIP("2001:db8::")[:4:4], make([]byte, 12)...)
		binary.BigEndian.PutUint32(ip[4:], i) // another /64
		s.FailFrom(ip)
	}
	if n := s.Addresses(); n > listen.AddressesMax || n < listen.AddressesMax/2 {
		t.Errorf("%d addresses are remembered", n)
	}
}
