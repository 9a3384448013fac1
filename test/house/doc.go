// Package house holds the rules of the house as tests: which package may import which, how
// long files and sentences are, and how errors, comments and tests are written.
package house
