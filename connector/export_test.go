package connector

// Unready returns what GET /readyz says.
func Unready(c *Connector) []string { return node{c}.Unready() }
