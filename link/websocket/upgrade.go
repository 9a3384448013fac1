package websocket

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Upgrade makes the server's half of the handshake for a request that a server of net/http has
// read. It takes the connection over, and returns it with the bytes that came behind the request.
// Both are the caller's, who closes the connection. Its deadlines are gone.
//
// A request that is refused is answered as by [Accept], and its connection stays the server's. The
// error is a [*StatusError] then.
func Upgrade(w http.ResponseWriter, r *http.Request, opts AcceptOptions) (conn net.Conn, leftover []byte, err error) {
	if err := opts.check(r); err != nil {
		refused, _ := errors.AsType[*StatusError](err)
		refuse(w, refused.Status, r.ProtoMajor)
		return nil, nil, fmt.Errorf("websocket handshake: %w", err)
	}
	conn, buffers, err := http.NewResponseController(w).Hijack()
	if err != nil { // HTTP/2: check has refused it
		return nil, nil, fmt.Errorf("websocket handshake: %w", err)
	}
	_ = conn.SetDeadline(time.Time{})
	leftover = make([]byte, buffers.Reader.Buffered())
	if _, err = buffers.Reader.Read(leftover); err == nil || len(leftover) == 0 {
		_, err = conn.Write(welcome(r))
	}
	if err != nil {
		_ = conn.Close()
		return nil, nil, fmt.Errorf("websocket handshake: %w", err)
	}
	return conn, leftover, nil
}

// refuse answers a request that is no handshake, or not welcome.
func refuse(w http.ResponseWriter, status, version int) {
	header := w.Header()
	for key, values := range refusalHeader() {
		header[key] = values
	}
	if version > 1 { // which knows no such header
		delete(header, "Upgrade")
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(http.StatusText(status) + "\n"))
}
