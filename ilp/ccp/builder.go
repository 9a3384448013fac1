package ccp

import "github.com/ilp-go/connector/ilp/oer"

// UpdateBuilder fills an update with as many entries as one packet can carry.
type UpdateBuilder struct {
	RouteUpdate
	size int
}

// countsGrow is room for the two counts of an update to grow.
const countsGrow = 4

// NewUpdateBuilder returns a builder of an update with the fields of u, except its entries.
func NewUpdateBuilder(u RouteUpdate) *UpdateBuilder {
	u.NewRoutes, u.WithdrawnRoutes = nil, nil
	return &UpdateBuilder{RouteUpdate: u, size: u.Size() + countsGrow}
}

// Announce adds a route. It reports false if there is no room for it.
func (b *UpdateBuilder) Announce(r Route) bool {
	if len(b.NewRoutes) == RoutesMax || !b.take(r.size()) {
		return false
	}
	b.NewRoutes = append(b.NewRoutes, r)
	return true
}

// Withdraw adds a prefix that is withdrawn. It reports false if there is no room for it.
func (b *UpdateBuilder) Withdraw(prefix string) bool {
	if len(b.WithdrawnRoutes) == WithdrawnMax || !b.take(oer.OctetsSize(len(prefix))) {
		return false
	}
	b.WithdrawnRoutes = append(b.WithdrawnRoutes, prefix)
	return true
}

// Empty reports whether there is no entry yet.
func (b *UpdateBuilder) Empty() bool { return len(b.NewRoutes)+len(b.WithdrawnRoutes) == 0 }

// take reports whether there is room for an entry of that size, and takes the room.
func (b *UpdateBuilder) take(bytes int) bool {
	if b.size+bytes > DataBytesMax {
		return false
	}
	b.size += bytes
	return true
}
