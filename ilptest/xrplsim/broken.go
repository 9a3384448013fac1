package xrplsim

import (
	"net"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// Hold keeps the transactions that f names out of closed ledgers. They stay in the open ledger,
// where submit has put them, until their LastLedgerSequence has passed. nil lets them in.
// f must not call the Ledger.
func (l *Ledger) Hold(f func(*xrpl.Transaction) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hold = f
}

// Pause stops the clock of Options.CloseEvery from closing ledgers, or lets it go on.
func (l *Ledger) Pause(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.paused = on
}

// Silence makes the server ignore all requests and pings, and send nothing, while connections
// stay open. What happens meanwhile is not told afterwards.
func (l *Ledger) Silence(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.silent = on
}

// Disconnect closes all connections.
func (l *Ledger) Disconnect() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.clients {
		c.end()
	}
}

// Refuse closes all connections, and refuses others. Refuse(false) lets clients connect again, at
// the same URL. Ledgers go on meanwhile.
func (l *Ledger) Refuse(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case on && l.http != nil:
		_ = l.http.Close() // closes no WebSockets
		l.http = nil
		for c := range l.clients {
			c.end()
		}
	case !on && l.http == nil && l.stopped.Err() == nil:
		listener, err := net.Listen("tcp", l.address)
		if err != nil {
			panic(err)
		}
		l.serve(listener)
	}
}

// Sweep makes the server forget the transactions that were submitted and are in no closed ledger,
// as rippled does after half an hour or more. They may still apply.
func (l *Ledger) Sweep() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.submissions)
}

// Restart closes all connections and does a Sweep, as a server that restarts. The network keeps
// everything else.
func (l *Ledger) Restart() {
	l.Refuse(true)
	l.Sweep()
	l.Refuse(false)
}

// AnswerHTML makes the server answer new connections with a page that says 503, as proxies do.
func (l *Ledger) AnswerHTML(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.html = on
}

// SetNetworkID makes the server one of another network.
func (l *Ledger) SetNetworkID(id uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rules.networkID = id
}

// Lag makes the server be so many ledgers behind: the last ones are closed, and not validated.
// Ledgers that become validated when it catches up are told then.
func (l *Ledger) Lag(ledgers int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lag = ledgers
	l.publish()
}

// Forget makes the server lack the ledgers from first to last.
func (l *Ledger) Forget(first, last uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for index := first; index <= last; index++ {
		l.forgotten[index] = true
	}
}

// Remember gives the server all ledgers back.
func (l *Ledger) Remember() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.forgotten)
}
