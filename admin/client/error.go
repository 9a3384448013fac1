package client

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

// Error is a refusal of the API, or of another server that was asked in its place.
type Error struct {
	Status  int
	Text    string
	fromAPI bool   // the text is the API's, and not that of another server
	base    string // the URL that was asked
}

// class matches the class of an error, which stands in front of every error of the API but 404.
var class = regexp.MustCompile(`\A[A-Za-z]*Error: `)

// errorOf returns the error of an answer. As in the reference, the text begins with the class
// of the error. The class Error says nothing, so it is cut off.
func (c *Client) errorOf(status int, answer []byte) error {
	lines := strings.Split(strings.TrimPrefix(string(answer), "Error: "), "\n")
	for i := range lines {
		lines[i] = Printable(lines[i])
	}
	return &Error{status, strings.Join(lines, "\n"), class.Match(answer), c.base}
}

// Error returns the text, or a hint if the status alone says what is wrong.
func (e *Error) Error() string {
	switch {
	case e.Status < http.StatusBadRequest:
		return "the URL redirects elsewhere; give that of the admin API itself"
	case e.Status == http.StatusNotFound && !e.fromAPI:
		return "the admin API does not know this path; is it an ilp-connector, and is that new enough?"
	case !e.fromAPI:
		return fmt.Sprintf("%s does not answer like an admin API: status %d %s; is it the port of a listener, or of another program?",
			e.base, e.Status, http.StatusText(e.Status))
	case e.Status == http.StatusUnauthorized:
		return "the admin API got no token, or one it does not accept: give it with --token-file, or in CONNECTOR_ADMIN_API_TOKEN; " +
			"a token that the connector has made is in the file " + TokenFileName + " in its storePath"
	}
	return e.Text
}

var _ error = (*Error)(nil)
