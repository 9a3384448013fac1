package test

import (
	"encoding/binary"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// prepared is a packet that was fit for a probe to send: to bob, of 100, with a condition of the row's own.
func (w *npmWorld) prepared(changes ...func(*packet)) string {
	w.preimage = preimageOf(w.label)
	w.sent = packet{
		amount:      100,
		expiresAt:   time.Now().Add(10 * time.Second).Truncate(time.Millisecond),
		condition:   conditionOf(w.preimage),
		destination: "test.conn.bob",
	}
	for _, change := range changes {
		change(&w.sent)
	}
	w.expiries[w.sent.destination] = w.sent.expiresAt
	return hexOf(w.sent.bytes())
}

func to(destination string) func(*packet) { return func(p *packet) { p.destination = destination } }

func amount(n uint64) func(*packet) { return func(p *packet) { p.amount = n } }

func expiring(in time.Duration) func(*packet) {
	return func(p *packet) { p.expiresAt = time.Now().Add(in).Truncate(time.Millisecond) }
}

// fulfilling is a Fulfill with a preimage, in hex.
func fulfilling(preimage string) string {
	return hexOf(envelope(13, append(unhex(preimage), octetString(nil)...)))
}

// rejecting is a Reject.
func rejecting(code, triggeredBy, message, data string) string {
	contents := append([]byte(code), octetString([]byte(triggeredBy))...)
	contents = append(contents, octetString([]byte(message))...)
	return hexOf(envelope(14, append(contents, octetString(unhex(data))...)))
}

var (
	inHex   = regexp.MustCompile(`<([0-9a-f]*)>`)
	anyUUID = regexp.MustCompile(`\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`)
)

// words replaces in a text what changes from run to run, and packets by what they say.
func (w *npmWorld) words(text string) string {
	text = inHex.ReplaceAllStringFunc(text, func(found string) string { return w.packetWords(found[1 : len(found)-1]) })
	text = isoTime.ReplaceAllString(anyUUID.ReplaceAllString(text, "ID"), "TIME")
	text = strings.ReplaceAll(text, probeFile(w.t, "."), "PROBES")
	text = strings.ReplaceAll(text, probeFile(w.t, "../peers"), "PEERS")
	text = strings.NewReplacer(w.record.file, "RECORD", w.folder, "FOLDER").Replace(text)
	for name, port := range w.ports {
		text = strings.ReplaceAll(text, fmt.Sprint(port), "PORT-OF-"+name)
	}
	return strings.ReplaceAll(text, fmt.Sprint(w.control.port), "PORT")
}

// packetWords says what a packet says. Anything else stays as it is.
func (w *npmWorld) packetWords(hex string) string {
	if hex == w.sent.condition {
		return "the condition"
	}
	raw := unhex(hex)
	if len(raw) == 0 || raw[0] < 12 || raw[0] > 14 {
		return "<" + hex + ">"
	}
	whole := &cursor{rest: raw[1:]}
	c := &cursor{rest: whole.octetString()}
	if whole.failed {
		return "<" + hex + ">"
	}
	switch raw[0] {
	case 12:
		amount := binary.BigEndian.Uint64(c.take(8))
		expiry, err := time.Parse("20060102150405.000", insertDot(string(c.take(17))))
		condition, destination, data := hexOf(c.take(32)), string(c.octetString()), hexOf(c.octetString())
		if c.failed || err != nil {
			return "<" + hex + ">"
		}
		if strings.HasPrefix(destination, "peer.") {
			return fmt.Sprintf("prepare(%s)", destination)
		}
		if condition == w.sent.condition {
			condition = "as sent"
		}
		more := ""
		if data != "" {
			more = ", data " + data
		}
		later := expiry.Sub(w.expiries[destination].UTC())
		return fmt.Sprintf("prepare(%d to %s, condition %s, expiry %v later%s)", amount, destination, condition, later, more)
	case 13:
		preimage, data := hexOf(c.take(32)), hexOf(c.octetString())
		if preimage == w.preimage {
			preimage = "the preimage"
		}
		if data != "" {
			preimage += ", data " + shorten(data)
		}
		return "fulfill(" + preimage + ")"
	default:
		code, from, message, data := c.take(3), c.octetString(), c.octetString(), hexOf(c.octetString())
		if data != "" {
			data = ", data " + data
		}
		return fmt.Sprintf("reject(%s by %q: %q%s)", code, from, message, data)
	}
}

// insertDot makes 17 digits a time that package time can read.
func insertDot(digits string) string {
	if len(digits) != 17 {
		return digits
	}
	return digits[:14] + "." + digits[14:]
}

// jsAct says what a method of a probe does, in the words of probes/acts.js, and jsValue is one of probes/values.js.
type (
	jsAct   map[string]any
	jsValue map[string]any
)

func does(what string, more ...any) jsAct {
	act := jsAct(pairs(more))
	act["do"] = what
	return act
}

// resolves is an act with a promise of a value, and returns one without; rejectsWith and throws fail with it.
func resolves(value any) jsAct    { return does("resolve", "value", value) }
func returnsNow(value any) jsAct  { return does("return", "value", value) }
func rejectsWith(value any) jsAct { return does("reject", "value", value) }
func throws(value any) jsAct      { return does("throw", "value", value) }

// js is a value that JSON cannot have.
func js(kind string, more ...any) jsValue {
	value := jsValue(pairs(more))
	value["$"] = kind
	return value
}

func jsBuffer(hex string) jsValue { return js("buffer", "hex", hex) }

func jsError(message string, more ...any) jsValue {
	return js("error", append([]any{"message", message}, more...)...)
}
