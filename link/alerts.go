package link

// Alerts takes the alerts of a link. There is one alert for each kind, a constant of the
// link. The methods do not block, and are safe for concurrent use.
type Alerts interface {
	// Raise raises the alert of a kind, or gives it another message.
	Raise(kind, message string)
	// RaiseStrangers is Raise for a kind that strangers can bring about, as often as they
	// like. Such alerts push out none of the others.
	RaiseStrangers(kind, message string)
	// Resolve ends the alert of a kind, if there is one, because its cause is gone.
	Resolve(kind string)
}

// NoAlerts is an Alerts that does nothing.
type NoAlerts struct{}

// Raise does nothing.
func (NoAlerts) Raise(kind, message string) {}

// RaiseStrangers does nothing.
func (NoAlerts) RaiseStrangers(kind, message string) {}

// Resolve does nothing.
func (NoAlerts) Resolve(kind string) {}

var _ Alerts = NoAlerts{}
