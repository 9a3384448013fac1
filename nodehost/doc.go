// Package nodehost runs npm modules in a Node process beside the connector: plugins, rate
// backends, stores and middlewares that are not built in. A module that throws, blocks or
// leaks takes down that process, and never ours.
//
//	connector ── Object ──> ┌─────────┐   frames over    ┌─────────┐ ── require ──> modules
//	          <─ Handler ── │ session │ <── a socket ──> │ host.js │ <── callbacks ──
//	                        └─────────┘                  └─────────┘
//	                 Host: starts the process, watches it, and starts it again
//
// The types:
//
//   - [Host] keeps one Node process running. host.js is what that process executes.
//   - [Module] says what to construct there. [Object] is the constructed module as its user
//     sees it, through all processes. [Handler] is what the user gives for what comes back.
//   - A session is one process. It ends with it, and all that waits for it fails.
//
// frame.go has the protocol. A packet costs one frame each way. Frames of one read are written
// together, on either side. No goroutine waits for a packet.
//
// The states of an Object:
//
//	        constructed
//	down ────────────────> up
//	  ^  <──────────────── │
//	  │   the process ended, or does not answer
//	  └── could not be constructed: tried again after a pause, or in the next process
//
// The packages below this one adapt an Object to what the connector has: nodehost/plugin to a
// link with a settler, nodehost/source to a source of rates, nodehost/chain to middlewares.
// nodehost/module finds modules.
package nodehost
