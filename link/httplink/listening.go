package httplink

import "fmt"

// kindListener is the kind of the alert about a port, which is that of links over BTP.
const kindListener = "listener"

const alertListener = "the account cannot listen, so its peer can send nothing: %v; " +
	"stop the program that has the port, or give the account another incoming.port or incoming.host"

// ReportListening tells the link where the caller serves it, for its Status: at an address, or
// nowhere because of an error. With neither, the caller has stopped. An error is an alert too,
// once for each text. Calls must not be concurrent.
func (l *Link) ReportListening(at string, err error) {
	before := l.status.Status().ListenError
	l.status.ListensAt(at)
	l.status.Listen(err)
	switch {
	case err == nil:
		l.alerts.Resolve(kindListener)
	case err.Error() != before: // otherwise an operator may have dismissed it
		l.alerts.Raise(kindListener, fmt.Sprintf(alertListener, err))
	}
}
