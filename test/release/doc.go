// Package release runs scripts/release.sh on a copy of the repository, and installs the
// program as go install does from a published version. The package has no code but its tests.
package release
