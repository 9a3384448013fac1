// Package btp is the Bilateral Transfer Protocol 2.0 (RFC 23): the frames in
// which two neighbors carry ILP packets over a WebSocket.
//
//   - [Packet] is a view of one frame over bytes that somebody else owns. [Parse]
//     checks all of it once; reading its entries cannot fail afterwards.
//   - [Entry] is one piece of protocol data: a name, a content type, the bytes.
//     The entry "ilp" carries an ILP packet, the others side protocols.
//   - The Append functions write frames to the end of a buffer that the caller
//     owns. [ILPSize] says beforehand how many bytes AppendILP will append,
//     because the header of the WebSocket frame around it comes first.
//
// A frame is laid out as
//
//	type        1 byte
//	request id  4 bytes, big-endian
//	contents    an octet string:
//	    Response, Message  protocol data
//	    Transfer           amount, 8 bytes, big-endian; protocol data
//	    Error              code, 3 bytes; name, time, data: octet strings;
//	                       protocol data
//
// and protocol data as a count - its length in one byte, then the integer -
// followed by that many entries.
//
// Neither parsing nor appending a frame with an ILP packet allocates. The
// package does no I/O, reads no clock and starts no goroutine.
package btp
