// Package ccp reads and writes the Connector-to-Connector Protocol: neighboring connectors
// tell each other which address prefixes they can reach.
//
//   - [RouteControl] asks a neighbor to send its routes from some epoch on, or
//     to stop.
//   - [RouteUpdate] holds the changes of the speaker's routing table between two
//     epochs: new [Route] values and withdrawn prefixes.
//
// Both travel as Prepares of amount 0 under the peer condition, to
// [ControlDestination] and [UpdateDestination]; the answer is a Fulfill without
// data. No RFC defines the protocol; the layout is that of the reference. The
// data of a route control is
//
//	mode                         1 byte, 0 idle, 1 sync
//	last known routing table id  16 bytes, a UUID
//	last known epoch             4 bytes, big-endian
//	features                     count; octet strings, UTF-8
//
// and that of a route update
//
//	routing table id   16 bytes, a UUID
//	current epoch      4 bytes, big-endian
//	from epoch         4 bytes, big-endian
//	to epoch           4 bytes, big-endian
//	hold-down time     4 bytes, big-endian, milliseconds
//	speaker            octet string, an ILP address
//	new routes         count; of each:
//	    prefix             octet string
//	    path               count; octet strings, ILP addresses
//	    auth               32 bytes
//	    props              count; of each:
//	        flags              1 byte: 0x80 optional, 0x40 transitive,
//	                           0x20 partial, 0x10 UTF-8
//	        id                 2 bytes, big-endian
//	        value              octet string
//	withdrawn routes   count; octet strings, prefixes
//
// where a count is its length in one byte, then the integer. The parsers ignore bytes
// behind the data, as the reference does.
//
// Parsed values own their memory. The parsers check a message as a whole, without
// allocating, before they copy its first byte. The package does no I/O, reads no clock and
// starts no goroutine.
package ccp
