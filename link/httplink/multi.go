package httplink

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ildcp"
)

// Multi makes a link that of one account with many children, as ilp-plugin-http does. All of them
// share the token of the account. The name of a child comes in its header ILP-Peer-Name. Packets to
// a child go to the URL of Outgoing, with Delimiter replaced by its name.
type Multi struct {
	Delimiter string
	// Info is what children are told of the account, with their name behind the address. If it is
	// nil, the account is asked each time.
	Info *ildcp.Response
}

// nameMax bounds the name of a child, in bytes.
const nameMax = 128

// Why a packet from or to a child is refused.
var (
	errName    = &refusal{http.StatusBadRequest, "peer_name", "ILP-Peer-Name must be one segment of an ILP address: letters, digits, _ and -, at most 128"}
	errSegment = errors.New("invalid address segment") // the words of ilp-plugin-http
	errPrefix  = errors.New("packet is for none of the account's children")
)

// childName returns the name of the child that sends a request.
func childName(h http.Header) (string, error) {
	name := h.Get("ILP-Peer-Name")
	if !validName(name) {
		return "", errName
	}
	return name, nil
}

// validName reports whether a name may be part of an ILP address and of a URL.
func validName(name string) bool {
	return name != "" && len(name) <= nameMax && strings.Trim(name, "-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// SetAddress tells the link the ILP address of its account, which those of its children begin
// with.
func (l *Link) SetAddress(address string) {
	address += "."
	l.address.Store(&address)
}

// urlFor returns where packets to a child go.
func (l *Link) urlFor(destination []byte) (*url.URL, error) {
	m := l.opts.Multi
	var prefix []byte
	if m.Info != nil {
		prefix = []byte(m.Info.ClientAddress + ".")
	} else if address := l.address.Load(); address != nil {
		prefix = []byte(*address)
	}
	if len(prefix) == 0 || !bytes.HasPrefix(destination, prefix) {
		return nil, errPrefix
	}
	segment, _, _ := bytes.Cut(destination[len(prefix):], []byte("."))
	name := string(segment)
	if !validName(name) {
		return nil, errSegment
	}
	return url.Parse(FillIn(l.opts.Outgoing.Template, m.Delimiter, name))
}

// FillIn returns the URL of a child: template with the name in place of the first delimiter.
func FillIn(template, delimiter, name string) string {
	return strings.Replace(template, delimiter, name, 1)
}

// forChild returns who answers a packet of a child. A child that asks for its address (RFC 31) is
// told its own. answered says that the child has its answer already.
func (l *Link) forChild(name string, prepare *ilp.Prepare, up ilp.ReplyWriter) (_ ilp.ReplyWriter, answered bool) {
	if prepare.Fault() != nil || string(prepare.Destination()) != ildcp.Destination {
		return up, false
	}
	c := &configured{up, name}
	info := l.opts.Multi.Info
	if info == nil {
		return c, false
	}
	response := *info
	answer, err := ilp.ParseReply(response.Append(nil))
	if err != nil {
		answer = ilp.Fail(ilp.T00, "internal error.")
	}
	c.WriteReply(prepare.Reply(answer))
	return nil, true
}

// configured is a child that has asked for its address. The account is told its own, and the
// child's is below that.
type configured struct {
	up   ilp.ReplyWriter
	name string
}

// WriteReply answers with the address of the child.
func (c *configured) WriteReply(reply ilp.Reply) { c.up.WriteReply(ildcp.Below(reply, c.name)) }

var _ ilp.ReplyWriter = (*configured)(nil)
