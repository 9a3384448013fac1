// Package test holds the end-to-end tests: whole processes that speak over real sockets.
//
// The other side is always somebody else's code. The folder peers pins the npm packages of the JavaScript
// Interledger stack and a small program, peer.js, that owns accounts made of them and does what these tests
// tell it. Install them once with
//
//	npm ci --ignore-scripts --no-audit --no-fund
//
// in that folder. Each test runs against two kinds of connector: `reference`, the npm ilp-connector, which
// shows that the test itself is right, and `ours`, the binary built from cmd/ilp-connector. The flag -connector
// chooses one of them:
//
//	go test ./test -connector reference
//	go test ./test -run TestDifferential/routing -connector ours
//
// Where connectors exchange routes (exchange_*_test.go), the JavaScript accounts are neighbors that tell and hear what a
// scenario says, message by message.
//
// TestDifferential compares ours with what the reference did when testdata/reference was written, and the
// reference with that too; -update writes it again.
//
// The subjects called mini-... are accounts that take many clients. Their clients are JavaScript accounts, or raw sockets
// that talk (talk_*_test.go).
//
// The tests called TestTopology... run networks of connectors that exchange routes, each of them of either kind: the
// name of a subtest has a letter for each connector, o for ours and r for the reference. To -connector, those
// without any of ours are the reference.
//
// The tests called TestCrash... kill our connector under load, TestPowerCut... cut the power of its disk as well, and
// both then compare its ledger with what the peers hold. A kill cannot show a sync that is missing, because the system
// keeps what was written, and the disk of TestPowerCut... is one that is made of what the connector did to its files;
// so TestTrace... looks at the system calls, which takes strace. Those that break the connector and want it to be
// found out show that the others can fail.
//
// TestCrashNodeHost kills the process that runs npm modules instead, and has it hang. -host-kills 100 -host-hangs 20 is
// its long form.
//
// The tests called TestStopped..., TestHanging... and TestStepped... stop our connector under load and let it go on,
// hang its disk, and step its wall clock. They know when each packet expires, and compare with that how it ended and
// what the connector has counted. A disk hangs, and a clock is stepped, in connectors that are built to do so when a
// file says so.
//
// The tests called TestSettlement... let connectors settle through engines: those of peers/engine.js, which are made of
// the npm ilp-settlement-core and settle on a ledger in memory, and one of their own that fails as it is told.
//
// The tests called TestHTTP... carry packets over HTTP: between connectors of either kind, with npm's ilp-plugin-http, and
// with the stand-ins for Rafiki and interledger-rs of ilptest.
//
// TestNpm drives connectors with modules from the disk: the probes in the folder probes, which write down all they see and
// misbehave as they are told, in every way that the reference shows. -update writes what the reference does to
// testdata/reference/npm, and each row says besides which of it matters. Published packages of the folder peers are among
// the modules, with programs of the folder probes in place of the ledgers and servers that they need. Two of them need
// overrides there: sodium-universal 2 has no native part for Node.js 20, and of ripple-lib all have to use one version.
//
// The package has no code but its tests.
package test
