// Package btp reads and writes the Bilateral Transfer Protocol 2.0 (RFC 23): the frames
// that carry ILP packets between two neighbors over a WebSocket.
//
//   - [Packet] is a view of one frame over borrowed bytes. [Parse] checks all of it
//     once, so that reading its entries cannot fail afterwards.
//   - [Entry] is one piece of protocol data: a name, a content type, the bytes.
//     The entry "ilp" carries an ILP packet, the others side protocols.
//   - The Append functions write frames to the end of a buffer that the caller owns.
//     [ILPSize] returns beforehand how many bytes AppendILP appends, because the
//     header of the WebSocket frame around them comes first.
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
