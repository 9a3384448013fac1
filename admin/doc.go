// Package admin is the admin API: it shows operators what the connector does, and lets them
// change a few things while it runs. It speaks JSON over HTTP.
//
//   - [API] answers requests. [Server] is an API with a socket.
//   - [Node] is the connector, as the API needs it.
//   - [AccountList], [Balances], [Routing] and the like are the documents. The file of
//     a document has its endpoint as well.
//
// Paths, fields, status codes and error texts are those of the reference connector, because
// clients match them. We add fields, and /settlements, /audit, /routes, /livez, /readyz,
// /ping, /store/backup and /version.
//
// guard.go decides about access, before anything else. account_info.go lists what the API
// shows of an account's configuration. The options of its plugin are not in that list: they
// hold credentials.
//
// Every change goes through makeChange in audit.go, which writes it to the audit log first.
//
// The package holds no state of the connector, and knows no link, engine or store.
package admin
