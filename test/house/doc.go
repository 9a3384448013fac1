// Package house holds the rules of the house as tests: who may import whom, how
// long files are, how errors and tests are written.
package house
