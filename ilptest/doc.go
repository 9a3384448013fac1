// Package ilptest has doubles and builders for tests of anything that speaks
// Interledger: a link that records what it is sent and answers as told, a
// recorder of answers, and packets made in one line.
package ilptest
