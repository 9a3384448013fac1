//go:build !unix

package nodehost

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"time"
)

// start starts a process that connects to a port of ours at loopback, and proves with a secret
// from its environment that it is the one. kill ends it. ended gets how it has ended, once.
func start(cmd *exec.Cmd) (conn net.Conn, kill func(), ended chan error, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, nil, err
	}
	defer func() { _ = listener.Close() }()
	secret := rand.Text()
	cmd.Env = append(cmd.Env, fmt.Sprintf("ILP_NODE_HOST=%d:%s", listener.Addr().(*net.TCPAddr).Port, secret))
	if err := cmd.Start(); err != nil {
		return nil, nil, nil, err
	}
	ended = make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	kill = func() { _ = cmd.Process.Kill() }
	if conn, err = accept(listener.(*net.TCPListener), secret); err != nil {
		kill()
		return nil, nil, nil, errors.Join(err, <-ended)
	}
	return conn, kill, ended, nil
}

// accept returns the connection that begins with the secret.
func accept(listener *net.TCPListener, secret string) (net.Conn, error) {
	deadline := time.Now().Add(greetTimeout)
	if err := listener.SetDeadline(deadline); err != nil {
		return nil, err
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			return nil, err
		}
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		said := make([]byte, len(secret))
		_, err = io.ReadFull(conn, said)
		if err == nil && subtle.ConstantTimeCompare(said, []byte(secret)) == 1 {
			return conn, conn.SetReadDeadline(time.Time{})
		}
		_ = conn.Close()
	}
}
