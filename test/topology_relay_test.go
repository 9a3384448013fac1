package test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
)

// pass hands the first messages of a BTP listener on to its client: the answer to the login, and what follows.
// There is a word in spoke when the client has sent something.
type pass func(from *bufio.Reader, to io.Writer, spoke <-chan struct{}) error

// startRelay passes on connections to a BTP listener until the test ends, and tells where to connect instead.
func startRelay(t *testing.T, target int, begin pass) (port int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	ended := make(chan struct{})
	t.Cleanup(func() {
		listener.Close()
		close(ended)
		open.Wait()
	})
	open.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			open.Go(func() { relay(client, target, begin, ended) })
		}
	})
	return listener.Addr().(*net.TCPAddr).Port
}

// relay passes on one connection until either side ends it.
func relay(client net.Conn, target int, begin pass, ended <-chan struct{}) {
	defer client.Close()
	server, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", target))
	if err != nil {
		return // and the client will try again
	}
	defer server.Close()
	over := make(chan struct{}, 2)
	spoke := make(chan struct{}, 1)
	go func() {
		_, _ = io.Copy(server, &heedful{client, spoke})
		server.Close() // which ends the other direction
		over <- struct{}{}
	}()
	go func() {
		from := bufio.NewReader(server)
		if passHandshake(from, client) == nil && begin(from, client, spoke) == nil {
			_, _ = io.Copy(client, from)
		}
		over <- struct{}{}
	}()
	select {
	case <-over:
	case <-ended:
	}
}

// heedful puts a word into spoke for what it reads, before that goes anywhere, and closes nothing.
type heedful struct {
	io.Reader
	spoke chan<- struct{}
}

func (h *heedful) Read(b []byte) (int, error) {
	n, err := h.Reader.Read(b)
	select {
	case h.spoke <- struct{}{}:
	default:
	}
	return n, err
}

// passHandshake passes the head of the response to a WebSocket handshake.
func passHandshake(from *bufio.Reader, to io.Writer) error {
	for {
		line, err := from.ReadBytes('\n')
		if err != nil {
			return err
		}
		if _, err := to.Write(line); err != nil {
			return err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			return nil
		}
	}
}

// apart holds back what follows the answer to the login until the client has taken that in and says something
// itself. Two of the reference need it: the one that dials is not ready for a route control that comes with the
// answer, rejects it, and is asked again after half a minute only.
func apart(from *bufio.Reader, to io.Writer, spoke <-chan struct{}) error {
	answer, err := takeMessages(from, 1)
	if err != nil {
		return err
	}
	select {
	case <-spoke: // the login
	default:
	}
	if _, err := to.Write(answer); err != nil {
		return err
	}
	<-spoke
	return nil
}

// together delivers the answer to the login and what follows at once, as a busy network or client may.
func together(from *bufio.Reader, to io.Writer, _ <-chan struct{}) error {
	both, err := takeMessages(from, 2)
	if err != nil {
		return err
	}
	_, err = to.Write(both)
	return err
}

// takeMessages reads that many messages, with the pongs before them, as they stand on the wire.
func takeMessages(from *bufio.Reader, count int) (all []byte, err error) {
	for count > 0 {
		opcode, payload, err := (&socket{in: from}).read()
		if err != nil {
			return nil, err
		}
		all = append(all, frameOf(true, opcode, false, payload)...)
		if opcode == binaryFrame {
			count--
		}
	}
	return all, nil
}
