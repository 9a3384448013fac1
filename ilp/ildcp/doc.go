// Package ildcp is the Interledger Dynamic Configuration Protocol (RFC 31): a
// child asks its parent for the address and the asset it is to use, the parent
// answers.
//
// The request is a Prepare to [Destination] with nothing in it, the answer a
// Fulfill whose data is a [Response]. The package does no I/O, reads no clock
// and starts no goroutine.
package ildcp
