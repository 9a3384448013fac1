package link

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
)

func fall(v any) { panic(v) }

func TestPanicKeepsItsValueAndStack(t *testing.T) {
	p := Catch(func() { fall(io.EOF) })
	if p == nil || p.Value != any(io.EOF) || !errors.Is(p, io.EOF) || p.Error() != "panic: EOF" || !bytes.Contains(p.Stack, []byte("link.fall")) {
		t.Fatalf("%+v", p)
	}
	if again := Catch(func() { panic(p) }); again != p {
		t.Errorf("caught again it is %+v", again)
	}
	if p := Catch(func() { fall("text") }); errors.Unwrap(p) != nil || p.Error() != "panic: text" {
		t.Errorf("%+v", p)
	}
	if p := Catch(func() {}); p != nil {
		t.Errorf("without a panic %+v", p)
	}
}

// falling is a connection that panics when it is written to.
type falling struct{ net.Conn }

func (falling) Write([]byte) (int, error) {
	fall("written")
	return 0, nil
}

func TestPanicOfTheWritingGoroutineIsToldAsAnError(t *testing.T) {
	near, far := net.Pipe()
	defer func() { _, _ = near.Close(), far.Close() }()
	broken := make(chan error, 1)
	o := NewOutbound(falling{near}, func(err error) { broken <- err })
	add(o, []byte("x"), true, nil)
	var p *Panic
	if err := <-broken; !errors.As(err, &p) || !bytes.Contains(p.Stack, []byte("falling")) {
		t.Errorf("broken by %v", err)
	}
	if add(o, []byte("y"), true, nil) {
		t.Error("took bytes after it broke")
	}
}
