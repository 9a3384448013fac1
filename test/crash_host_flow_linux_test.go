package test

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"
)

// hostFlow is the packets from one account to another, of which one may be hosted. A fixed number of them is on its way.
type hostFlow struct {
	index                int
	from, to             hostPort
	hostedFrom, hostedTo bool

	mu        sync.Mutex // guards what follows
	sender    *stopEnd   // nil while it is not connected
	slots     []hostSlot
	resting   bool // no packet is sent any more
	busy      int  // slots that wait, for an answer or to try again
	fulfilled int
	slowest   time.Duration // from a packet to its Fulfill
	held      []hostHeld
	faults    []string
}

// hostPort is an account and where it listens.
type hostPort struct {
	id   string
	port int
}

// hostSlot has all its packets, in the order in which they were sent. Only the last one may be on its way.
type hostSlot struct {
	packets []hostPacket
	sent    time.Time
	waits   bool // for an answer
	idle    bool
}

// hostPacket is what each side knows of a packet.
type hostPacket struct {
	arrived   bool // at the receiver
	answered  bool // the receiver has sent a Fulfill
	fulfilled bool // the sender has got it
	refused   bool // the sender has got a T01
	lost      bool // the connection of the sender has ended, which was to the process
}

// hostHeld is a packet whose receiver has not answered yet.
type hostHeld struct {
	stamp
	end *stopEnd
	id  uint32
}

const (
	hostInFlight = 64
	// hostHold is how often a receiver answers what has come meanwhile. So packets are on their way all the time, and
	// the speed of the machine matters little.
	hostHold  = 20 * time.Millisecond
	hostRetry = 5 * time.Millisecond
	hostLife  = 2 * patience
)

func newHostFlow(index int, from, to hostPort) *hostFlow {
	f := &hostFlow{index: index, from: from, to: to, resting: true, slots: make([]hostSlot, hostInFlight)}
	for j := range f.slots {
		f.slots[j].idle = true
	}
	return f
}

func (f *hostFlow) String() string { return f.from.id + " to " + f.to.id }

// amount returns what a packet moves. No two of a flow move the same, so that none makes up for another one.
func (l stamp) amount() uint64 { return uint64(l.number)*hostInFlight + uint64(l.slot) }

func (f *hostFlow) faultLocked(format string, args ...any) {
	f.faults = append(f.faults, fmt.Sprintf("%s: ", f)+fmt.Sprintf(format, args...))
}

// connect keeps an account connected until stop is closed. met hears of each connection, and take of each message.
func (f *hostFlow) connect(at hostPort, stop <-chan struct{}, met func(*stopEnd), take func(*stopEnd, []byte) error) {
	again := time.NewTicker(hostRetry)
	defer again.Stop()
	for {
		select {
		case <-stop:
			return
		case <-again.C:
		}
		if end, err := dialStop(at.port, at.id); err == nil {
			ended := make(chan struct{})
			go func() {
				select {
				case <-stop:
				case <-ended:
				}
				_ = end.conn.Close()
			}()
			met(end)
			f.read(end, take)
			close(ended)
			met(nil)
		}
	}
}

// read takes messages until the connection ends.
func (f *hostFlow) read(end *stopEnd, take func(*stopEnd, []byte) error) {
	for {
		opcode, message, err := end.read()
		switch {
		case err != nil, opcode == closeFrame:
			return
		case opcode == pingFrame:
			end.pong(message)
		case opcode == binaryFrame:
			if err := take(end, message); err != nil {
				f.mu.Lock()
				f.faultLocked("%v", err)
				f.mu.Unlock()
			}
		}
	}
}

// meetSender notes that the sender is connected, or is not any more. Then it gets no answer to what is on its way.
func (f *hostFlow) meetSender(end *stopEnd) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sender = end
	for j := range f.slots {
		slot := &f.slots[j]
		if slot.waits {
			slot.waits = false
			slot.packets[len(slot.packets)-1].lost = true
			f.restLocked(j)
		}
		if end != nil && slot.idle && !f.resting {
			f.sendLocked(j)
		}
	}
}

func (f *hostFlow) restLocked(j int) {
	f.slots[j].idle = true
	f.busy--
}

// sendLocked sends the next packet of a slot, unless it has to rest.
func (f *hostFlow) sendLocked(j int) {
	slot := &f.slots[j]
	if !slot.idle {
		f.restLocked(j)
	}
	if f.resting || f.sender == nil {
		return
	}
	slot.packets = append(slot.packets, hostPacket{})
	slot.sent, slot.waits, slot.idle = time.Now(), true, false
	f.busy++
	l := stamp{f.index, j, len(slot.packets)}
	f.sender.send(l.prepare(l.amount(), "test.conn."+f.to.id+".x", slot.sent.Add(hostLife)))
}

// takeAnswer takes the one answer to the packet of a slot.
func (f *hostFlow) takeAnswer(_ *stopEnd, message []byte) error {
	btpType, id, ilpType, contents, err := parseILP(message)
	if err != nil || btpType != btpResponse {
		return fmt.Errorf("what came is no answer: %s", describeBTP(message))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	j := int(id & 0xff)
	if j >= len(f.slots) || !f.slots[j].waits || id != (stamp{f.index, j, len(f.slots[j].packets)}).id() {
		return fmt.Errorf("an answer to nothing that was asked, or the second one: %d", id)
	}
	slot := &f.slots[j]
	slot.waits = false
	p := &slot.packets[len(slot.packets)-1]
	if ilpType != 13 {
		p.refused = true
		time.AfterFunc(hostRetry, func() {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.sendLocked(j)
		})
		if !f.hostedTo || !strings.HasPrefix(string(contents), "T01") {
			return fmt.Errorf("packet %d is refused: %.80q", id, contents)
		}
		return nil
	}
	preimage := stamp{f.index, j, len(slot.packets)}.preimage()
	if !strings.HasPrefix(string(contents), string(preimage[:])) {
		return fmt.Errorf("packet %d: another fulfillment", id)
	}
	p.fulfilled = true
	f.fulfilled++
	f.slowest = max(f.slowest, time.Since(slot.sent))
	f.sendLocked(j)
	return nil
}

// takePacket takes a packet at the receiver.
func (f *hostFlow) takePacket(end *stopEnd, message []byte) error {
	btpType, id, ilpType, contents, err := parseILP(message)
	if err != nil || btpType != btpMessage {
		return fmt.Errorf("what came is no packet: %s", describeBTP(message))
	}
	if ilpType != 12 {
		return nil // routes, or whatever the connector may ask
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	l := stampOf(contents)
	if l.sender != f.index || l.slot >= len(f.slots) || l.number < 1 || l.number > len(f.slots[l.slot].packets) {
		return fmt.Errorf("nobody has sent %+v", l)
	}
	p := &f.slots[l.slot].packets[l.number-1]
	if amount := new(big.Int).SetBytes(contents[:8]).Uint64(); amount != l.amount() || p.arrived {
		return fmt.Errorf("%d arrived, not %d, or again: %v", amount, l.amount(), p.arrived)
	}
	p.arrived = true
	f.held = append(f.held, hostHeld{l, end, id})
	return nil
}

// meetReceiver forgets what came over a connection that has ended: it can be answered no more.
func (f *hostFlow) meetReceiver(end *stopEnd) {
	if end != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held = nil
}

// answer answers what the receiver has, again and again until stop is closed.
func (f *hostFlow) answer(stop <-chan struct{}) {
	ticker := time.NewTicker(hostHold)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
		}
		f.mu.Lock()
		held := f.held
		f.held = nil
		for _, h := range held {
			f.slots[h.slot].packets[h.number-1].answered = true
		}
		f.mu.Unlock()
		for _, h := range held {
			h.end.send(h.fulfill(h.id))
		}
	}
}

// load has the sender keep packets on their way.
func (f *hostFlow) load() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.resting = false
	for j := range f.slots {
		if f.slots[j].idle {
			f.sendLocked(j)
		}
	}
}

// hostSums is what a flow has come to.
type hostSums struct {
	sent, fulfilled, refused, lost int
	doubtful                       int     // answered by the receiver, and the sender has no Fulfill
	held, owed                     big.Int // amounts of what senders hold Fulfills for, and of what receivers have fulfilled
	faults                         []string
}

var errFlow = errors.New("a packet went wrong")

// judge compares what both sides know of each packet. The flow must be at rest.
func (f *hostFlow) judge() (s hostSums) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s.faults = slices.Clone(f.faults)
	for j := range f.slots {
		for n, p := range f.slots[j].packets {
			l := stamp{f.index, j, n + 1}
			if err := f.judgePacket(p); err != nil {
				s.faults = append(s.faults, fmt.Sprintf("%s: %+v: %v", f, l, err))
			}
			amount := new(big.Int).SetUint64(l.amount())
			s.sent++
			if p.fulfilled {
				s.fulfilled++
				s.held.Add(&s.held, amount)
			}
			if p.answered {
				s.owed.Add(&s.owed, amount)
				if !p.fulfilled {
					s.doubtful++
				}
			}
			if p.refused {
				s.refused++
			}
			if p.lost {
				s.lost++
			}
		}
	}
	return s
}

// judgePacket reports how a packet has ended that may not end so.
//
//   - Each has exactly one end: a Fulfill, a T01, or the end of the connection to the process. Second answers were noted
//     when they came.
//   - No sender holds a Fulfill that the receiver has not sent.
//   - A Fulfill that the receiver has sent, and the sender has not got, was in the process when that died.
//   - Where both accounts are built in, each packet is fulfilled.
func (f *hostFlow) judgePacket(p hostPacket) error {
	ends := 0
	for _, is := range []bool{p.fulfilled, p.refused, p.lost} {
		if is {
			ends++
		}
	}
	switch {
	case ends != 1:
		return fmt.Errorf("%w: it has %d ends", errFlow, ends)
	case p.fulfilled && !p.answered:
		return fmt.Errorf("%w: nobody has fulfilled it", errFlow)
	case p.refused && !f.hostedTo, p.lost && !f.hostedFrom:
		return fmt.Errorf("%w: %+v, and its account is built in", errFlow, p)
	}
	return nil
}
