package httplink_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link/httplink"
)

// hostilePeer listens as a peer that answers each POST over HTTP/1.1 with what answer writes. To a
// GET it says OK. It returns its URL.
func hostilePeer(t testing.TB, answer func(conn net.Conn)) string {
	t.Helper()
	return listenRaw(t, func(conn net.Conn) {
		for from := bufio.NewReader(conn); ; {
			r, err := http.ReadRequest(from)
			if err != nil {
				return
			}
			if r.Method == http.MethodGet {
				if write(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK") != nil {
					return
				}
				continue
			}
			_, _ = io.Copy(io.Discard, r.Body)
			answer(conn)
		}
	})
}

// listenRaw hands the connections to a port to serve, until the test ends, and closes them when it
// returns. It returns the URL of the port.
func listenRaw(t testing.TB, serve func(conn net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	conns := make(map[net.Conn]bool)
	var group sync.WaitGroup
	group.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns[conn] = true
			mu.Unlock()
			group.Go(func() {
				defer func() { _ = conn.Close() }()
				serve(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for conn := range conns {
			_ = conn.Close()
		}
		mu.Unlock()
		group.Wait()
	})
	return "http://" + l.Addr().String()
}

// said returns an answer function that writes text.
func said(text string) func(net.Conn) {
	return func(conn net.Conn) { _ = write(conn, text) }
}

// saidAndClosed is said, with the end of the connection behind it.
func saidAndClosed(text string) func(net.Conn) {
	return func(conn net.Conn) {
		_ = write(conn, text)
		_ = conn.Close()
	}
}

// endless returns an answer function that writes text, and then more again and again.
func endless(text, more string) func(net.Conn) {
	return func(conn net.Conn) {
		for err := write(conn, text); err == nil; {
			err = write(conn, more)
		}
	}
}

// ok returns a response with a body.
func ok(body string, lines ...string) string {
	return "HTTP/1.1 200 OK\r\n" + strings.Join(append(lines, fmt.Sprintf("Content-Length: %d", len(body)), "", ""), "\r\n") + body
}

// Whatever a peer answers with, the packet is answered once and in time, no more of the answer is
// read than may come, our token goes nowhere else, and the log says why in few words.
func TestAnswersOfHostilePeers(t *testing.T) {
	fulfillment := ilptest.Fulfill()
	fulfill := string(fulfillment.Bytes())
	rejection := ilptest.Reject(ilp.F99, strings.Repeat("x", 20_000))
	reject := string(rejection.Bytes())
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	_, _ = zip.Write([]byte(fulfill))
	_ = zip.Close()
	var tokens sync.Map
	elsewhere := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { tokens.Store(r.Header.Get("Authorization"), true) }))
	redirect := func(status int) func(net.Conn) {
		return said(fmt.Sprintf("HTTP/1.1 %d There\r\nLocation: %s/\r\nContent-Length: 0\r\n\r\n", status, elsewhere))
	}
	chunks := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
	long := strings.Repeat("x", 10<<10)
	t.Run("answers", func(t *testing.T) {
		for name, c := range map[string]struct {
			answer func(net.Conn)
			want   string // the code of the Reject, or what describe says of the answer
		}{
			"a fulfill":                  {said(ok(fulfill)), "fulfill"},
			"in chunks":                  {said(chunks + "\r\n" + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(fulfill), fulfill)), "fulfill"},
			"until the end":              {saidAndClosed("HTTP/1.1 200 OK\r\n\r\n" + fulfill), "fulfill"},
			"after 100":                  {said("HTTP/1.1 100 Continue\r\n\r\n" + ok(fulfill)), "fulfill"},
			"after 103":                  {said("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok(fulfill)), "fulfill"},
			"and another":                {said(ok(fulfill) + ok(fulfill)), "fulfill"},
			"and garbage":                {said(ok(fulfill) + long), "fulfill"},
			"with a type of HTML":        {said(ok(fulfill, "Content-Type: text/html")), "fulfill"},
			"a long reject":              {said(ok(reject)), "F99"},
			"a page":                     {said(ok("<html>no</html>", "Content-Type: text/html")), "T00"},
			"a long type":                {said(ok("<html>no</html>", "Content-Type: "+long)), "T00"},
			"nothing":                    {said(ok("")), "T00"},
			"202":                        {said("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"), "T00"},
			"204":                        {said("HTTP/1.1 204 No Content\r\n\r\n"), "T00"},
			"205":                        {said("HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n"), "T00"},
			"304":                        {said("HTTP/1.1 304 Not Modified\r\n\r\n"), "F02"},
			"206 of a fulfill":           {said("HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\n\r\n" + fulfill[:3]), "T00"},
			"a fulfill and more":         {said(ok(fulfill + "x")), "fulfill"},
			"half of a fulfill":          {said(ok(fulfill[:20])), "T00"},
			"a prepare":                  {said(ok(string(goodPacket))), "T00"},
			"compressed":                 {said(ok(packed.String(), "Content-Encoding: gzip")), "T00"},
			"an endless body":            {endless("HTTP/1.1 200 OK\r\n\r\n", long), "T00"},
			"endless chunks":             {endless(chunks+"\r\n", "400\r\n"+strings.Repeat("x", 1024)+"\r\n"), "T00"},
			"endless chunks of a byte":   {endless(chunks+"\r\n", strings.Repeat("1;"+strings.Repeat("x", 100)+"\r\nx\r\n", 99)), "T01"},
			"an endless extension":       {endless(chunks+"\r\n1;", long), "T01"},
			"an endless trailer":         {endless(chunks+"\r\n0\r\n", "X: "+long+"\r\n"), "T01"},
			"an endless status":          {endless("HTTP/1.1 200 ", long), "T01"},
			"an endless header":          {endless("HTTP/1.1 200 OK\r\nX: ", long), "T01"},
			"endless headers":            {endless("HTTP/1.1 200 OK\r\n", strings.Repeat("X: x\r\n", 99)), "T01"},
			"endless 100":                {endless("", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 99)), "T01"},
			"endless 103":                {endless("", "HTTP/1.1 103 Early Hints\r\nLink: "+strings.Repeat("x", 1000)+"\r\n\r\n"), "T01"},
			"another protocol":           {said("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"), "T01"},
			"301":                        {redirect(301), "F02"},
			"302":                        {redirect(302), "F02"},
			"307":                        {redirect(307), "F02"},
			"308":                        {redirect(308), "F02"},
			"401 that asks":              {said("HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n"), "F02"},
			"407":                        {said("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"), "F02"},
			"408 and an end":             {saidAndClosed("HTTP/1.1 408 Slow\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), "T00"},
			"421":                        {said("HTTP/1.1 421 Elsewhere\r\nContent-Length: 0\r\n\r\n"), "F02"},
			"500 with much":              {endless("HTTP/1.1 500 Oops\r\n\r\n", long), "T00"},
			"999":                        {said("HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n"), "T00"},
			"a status that is none":      {said("HTTP/1.1 2xx OK\r\n\r\n"), "T01"},
			"HTTP/9.9":                   {said("HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n"), "T00"},
			"another protocol's line":    {said("SSH-2.0-" + long + "\r\n"), "T01"},
			"TLS":                        {said("\x15\x03\x01\x00\x02\x02\x28\r\n\r\n"), "T01"},
			"two lengths":                {said("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n" + ok(fulfill)[17:]), "T01"},
			"a length below 0":           {said("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"), "T01"},
			"a great length":             {endless("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n", long), "T00"},
			"less than the length":       {saidAndClosed("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + fulfill), "T01"},
			"length and chunks":          {said(chunks + "Content-Length: 3\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(fulfill), fulfill)), "fulfill"},
			"an unknown coding":          {said("HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n" + fulfill), "T01"},
			"a broken chunk":             {said(chunks + "\r\nzz\r\n"), "T01"},
			"an end":                     {saidAndClosed(""), "T01"},
			"a reset":                    {func(conn net.Conn) { _ = conn.(*net.TCPConn).SetLinger(0); _ = conn.Close() }, "T01"},
			"nothing at all":             {func(net.Conn) {}, "R00"},
			"half of a head":             {said("HTTP/1.1 200 OK\r\nX: "), "R00"},
			"half of a body":             {said("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + fulfill), "R00"},
			"429 for ever":               {said("HTTP/1.1 429 Slow\r\nRetry-After: 99999999999\r\nContent-Length: 0\r\n\r\n"), "T05"},
			"429 from before":            {said("HTTP/1.1 429 Slow\r\nRetry-After: -1\r\nContent-Length: 0\r\n\r\n"), "T05"},
			"our token in a reason":      {said("HTTP/1.1 s3cret s3cret\r\n\r\n"), "T01"},
			"our token in a type":        {said(ok("x", "Content-Type: "+token)), "T00"},
			"our token as a trailer":     {said(chunks + "\r\n0\r\n" + token + "\r\n\r\n"), "T01"},
			"our token as a header line": {said("HTTP/1.1 200 OK\r\n" + token + "\r\n\r\n"), "T01"},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				lines := new(journal)
				l := httplink.New(httplink.Options{
					Outgoing: to(t, hostilePeer(t, c.answer)),
					Log:      slog.New(slog.NewTextHandler(lines, &slog.HandlerOptions{Level: slog.LevelDebug})),
				})
				run(t, l, ilptest.NewLink())
				await(t, func() bool { return strings.Contains(lines.String(), "msg=connected") })
				r := ilptest.NewRecorder()
				l.HandlePrepare(r, ilptest.Prepare("test.far", 5, ilptest.ExpiresIn(2*time.Second)))
				reply := r.Reply()
				if got := describe(reply); got != c.want && (reply.Fulfilled() || reply.Code().String() != c.want) {
					t.Errorf("answered with %.100q instead of %s", got, c.want)
				}
				if r.Calls() != 1 {
					t.Errorf("%d answers", r.Calls())
				}
				if text := lines.String(); len(text) > 1500 || c.want != "fulfill" && c.want != "F99" && strings.Count(text, "\n") < 2 {
					t.Errorf("the log has %d bytes: %.3000s", len(text), text)
				}
				for what, text := range map[string]string{"the log": lines.String(), "the status": fmt.Sprint(l.Status())} {
					if strings.Contains(text, "s3cret") {
						t.Errorf("%s shows our token: %.3000s", what, text)
					}
				}
			})
		}
	})
	tokens.Range(func(token, _ any) bool {
		t.Errorf("%q went where a redirect leads", token)
		return true
	})
}

// A peer that answers many packets without end takes no more memory than the packets that are
// under way, and another peer is reached meanwhile.
func TestEndlessAnswersTakeLittleMemory(t *testing.T) {
	fulfill := ilptest.Fulfill()
	good := sending(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(fulfill.Bytes()) })))
	chunk := strings.Repeat("x", 16<<10)
	bad := sending(t, hostilePeer(t, endless("HTTP/1.1 200 OK\r\n\r\n", chunk)))
	before, goroutines := inUse(), runtime.NumGoroutine()
	for range 5 {
		var group sync.WaitGroup
		for i := range uint64(50) {
			group.Go(func() {
				if reply := ask(bad, ilptest.Prepare("test.far", i)); reply.Fulfilled() || reply.Code() != ilp.T00 {
					t.Errorf("answered with %s", describe(reply))
				}
			})
		}
		group.Wait()
		if reply := ask(good, ilptest.Prepare("test.far", 5)); !reply.Fulfilled() {
			t.Errorf("the other peer answers with %s", describe(reply))
		}
	}
	more, running := inUse()-before, runtime.NumGoroutine()-goroutines
	if more > 16<<20 || running > 300 {
		t.Errorf("%d KiB and %d goroutines more than before", more>>10, running)
	}
}
