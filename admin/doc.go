// Package admin is the operator's API: what the connector is doing, and the few
// things that can be changed while it runs, as JSON over HTTP.
//
//   - [API] answers the requests; [Server] is an API with a socket.
//   - [Node] is what it asks for: the connector as seen from here.
//   - [Link], [Routing] and the like are what it shows, one file for each noun.
//
// Paths, fields, status codes and error texts are those of the reference
// connector, whose clients match them. Ours stand beside: further fields, and
// /settlements, /audit, /routes, /livez, /readyz, /ping and /version.
//
// Who may ask is decided in guard.go, before anything else is looked at. What is
// shown of an account's configuration is listed in accounts.go; the options of its
// plugin, which hold its credentials, are not in that list.
//
// What changes something goes through change in audit.go, which notes it first.
//
// The package keeps no state of the connector and knows no link, engine or store.
package admin
