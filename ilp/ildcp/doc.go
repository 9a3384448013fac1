// Package ildcp reads and writes the Interledger Dynamic Configuration Protocol (RFC 31):
// a child asks its parent which address and asset to use, and the parent answers.
//
// The request is a Prepare to [Destination] without data. The answer is a Fulfill whose
// data is a [Response]. The package does no I/O, reads no clock and starts no goroutine.
package ildcp
