package connector

import (
	"fmt"

	"github.com/ilp-go/connector/link"
)

// guard calls code of an account's link or settler. Such code is an extension: if it panics,
// its account is taken down, and nothing else. guard returns false then. No lock of the
// connector may be held that the code, or panicked, may need.
func (c *Connector) guard(m *member, code func()) bool {
	p := link.Catch(code)
	if p == nil {
		return true
	}
	c.panicked(m, p.Value, p.Stack)
	return false
}

// guardNew calls code of an account that may not be attached yet. In that case a panic is an
// error, because of which the account is not added.
func (c *Connector) guardNew(m *member, code func() error) (err error) {
	if m.attached() {
		c.guard(m, func() { err = code() })
		return err
	}
	if p := link.Catch(func() { err = code() }); p != nil {
		return fmt.Errorf("plugin %s has panicked: %v", m.now().config.Plugin, p.Value)
	}
	return err
}

// status returns how the link of an account is doing. One that panics is disabled.
func (c *Connector) status(m *member) (s link.Status) {
	if !c.guard(m, func() { s = m.link.Status() }) {
		return link.Status{State: link.Disabled}
	}
	return c.shared.addTo(s, m.id, m.link)
}

// connected reports whether a packet to the account could be sent now.
func (c *Connector) connected(m *member) (up bool) {
	c.guard(m, func() { up = m.now().port.Connected() })
	return up
}

// linkReady returns a channel that is closed when the link has been connected for the first
// time, or if its account was taken down: nothing waits for such an account.
func (c *Connector) linkReady(m *member) (ready <-chan struct{}) {
	if m.failure.Load() == nil && c.guard(m, func() { ready = m.link.Ready() }) {
		return ready
	}
	return atOnce
}

// linkTried returns a channel that is closed when the link has tried to listen, or need not.
func (c *Connector) linkTried(m *member) (tried <-chan struct{}) {
	l, listens := m.link.(Listening)
	if listens && m.failure.Load() == nil && c.guard(m, func() { tried = l.Tried() }) {
		return tried
	}
	return atOnce
}

// atOnce is a channel that is closed.
var atOnce = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()
