package httplink

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"github.com/ilp-go/connector/clip"
)

// Times and bounds of connections to a peer.
const (
	dialTime = 10 * time.Second
	// idleTime is how long a connection is kept without a request. Servers of Node.js close theirs
	// after 5 s, and a request that crosses the close has an unknown outcome.
	idleTime = 4 * time.Second
	// headBytesMax bounds the head of a response.
	headBytesMax = 16 << 10
	// pingAfter is how long a connection of HTTP/2 may be silent before it is pinged.
	pingAfter, pongTime = 15 * time.Second, 10 * time.Second
	// Of HTTP/2: a frame, what a peer may send of one response and of all before we have read it,
	// and how long it may take none of our bytes.
	frameMax, windowMax, connectionWindowMax = 16 << 10, 64 << 10, 4 << 20
	stalledTime                              = 10 * time.Second
)

// newTransport returns what sends the requests to a peer. It sends a request again only if
// nothing of it was written, or if the peer of HTTP/2 has said that it did not look at it. It
// follows no redirects, keeps no cookies, and uses no proxy.
func newTransport(o *Outgoing) *http.Transport {
	most := o.InFlightMax
	if most <= 0 {
		most = InFlightMax
	}
	t := &http.Transport{
		DialContext:            newDialer().DialContext,
		TLSHandshakeTimeout:    dialTime,
		IdleConnTimeout:        idleTime,
		MaxIdleConnsPerHost:    most,
		MaxResponseHeaderBytes: headBytesMax,
		DisableCompression:     true,
		Protocols:              new(http.Protocols),
	}
	switch {
	case !o.HTTP2:
		t.Protocols.SetHTTP1(true)
	default:
		t.Protocols.SetHTTP2(true)
		t.Protocols.SetUnencryptedHTTP2(o.URL.Scheme == "http")
		t.HTTP2 = &http.HTTP2Config{
			MaxReadFrameSize: frameMax, MaxReceiveBufferPerStream: windowMax, MaxReceiveBufferPerConnection: connectionWindowMax,
			SendPingTimeout: pingAfter, PingTimeout: pongTime, WriteByteTimeout: stalledTime,
		}
	}
	if o.TLS != nil {
		t.DialTLSContext = dialTLS(o)
	}
	return t
}

// callbackKey is the key of the host of a callback URL, in the context of a request to it.
type callbackKey struct{}

// newDialer returns what makes the connections to a peer.
func newDialer() *net.Dialer {
	return &net.Dialer{Timeout: dialTime, ControlContext: func(ctx context.Context, _, address string, _ syscall.RawConn) error {
		return checkCallback(ctx, address)
	}}
}

// checkCallback returns an error if the host of a callback URL is a name that leads to this machine or its
// link, where programs may trust us, and cloud providers answer. The peer chooses the path and the port
// of the URL, and may have the DNS of its host. Operators may allow the address itself.
func checkCallback(ctx context.Context, address string) error {
	host, _ := ctx.Value(callbackKey{}).(string)
	host = strings.TrimSuffix(host, ".")
	if _, err := netip.ParseAddr(host); err == nil || host == "" || strings.EqualFold(host, "localhost") {
		return nil
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if ip := at.Addr().Unmap(); !ip.IsGlobalUnicast() {
		return fmt.Errorf("the host of a callback URL leads to %s, which is this machine or its link: put that address into async.callbackHosts, or mend the DNS", ip)
	}
	return nil
}

// dialTLS returns what makes a connection with the present TLS configuration.
func dialTLS(o *Outgoing) func(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := newDialer()
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, 2*dialTime)
		defer cancel()
		c := o.TLS().Clone()
		c.NextProtos = []string{"http/1.1"}
		if o.HTTP2 {
			c.NextProtos = []string{"h2"}
		}
		return (&tls.Dialer{NetDialer: dialer, Config: c}).DialContext(ctx, network, address)
	}
}

// errSwitched says that a peer has answered a request with another protocol.
var errSwitched = errors.New("peer wants another protocol: status 101")

// roundTrip sends a request and returns the response to it. A response with status 101 is an
// error: the end of the request would not end the reading of its body.
func (l *Link) roundTrip(r *http.Request) (*http.Response, error) {
	answer, err := l.transport.RoundTrip(r)
	if err != nil {
		return nil, &peerError{err, clean(err.Error(), r)}
	}
	if answer.StatusCode == http.StatusSwitchingProtocols {
		_ = answer.Body.Close()
		return nil, errSwitched
	}
	return answer, nil
}

// peerError is an error whose text may be the peer's in part.
type peerError struct {
	cause error
	text  string
}

func (e *peerError) Error() string { return e.text }
func (e *peerError) Unwrap() error { return e.cause }

// peerTextMax bounds what is logged of a peer's text, in bytes.
const peerTextMax = 200

// clean returns what operators are shown of a text that may be the peer's: not too much, and not
// our token, which the peer has.
func clean(text string, r *http.Request) string { return hide(text, r.Header.Get("Authorization")) }

// hide does the same for a request with an Authorization header.
func hide(text, header string) string {
	if token := header[strings.LastIndexByte(header, ' ')+1:]; token != "" {
		text = strings.ReplaceAll(text, token, "TOKEN")
	}
	return clip.UTF8(text, peerTextMax)
}
