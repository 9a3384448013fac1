package admin

import (
	"bytes"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/ilp-go/connector/audit"
)

// ChildLine is the answer to one line of POST /accounts/PARENT/children.
type ChildLine struct {
	// Line is the number of the line, from 1 on.
	Line int    `json:"line"`
	Name string `json:"name,omitempty"`
	OK   bool   `json:"ok"`
	// Created and Token are as in AddedChild.
	Created bool   `json:"created,omitempty"`
	Token   string `json:"token,omitempty"`
	Error   string `json:"error,omitempty"`
}

// linesType is the type of a body, and of an answer, with one JSON document in each line.
const linesType = "application/x-ndjson"

// isLines reports whether the body of a request is lines of JSON.
func isLines(r *http.Request) bool {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && media == linesType
}

// linesOnce bounds the lines whose clients are stored in one step.
const linesOnce = 256

// postChildLines adds the client of each line, whatever becomes of the others. All lines together
// are one entry of the audit log, which would forget all else if each had its own.
func (api *API) postChildLines(w http.ResponseWriter, r *request, children Children) error {
	c := api.newChange(r, audit.AddChildren, r.account)
	c.Reason = strings.TrimSpace(r.URL.Query().Get("reason"))
	if len(c.Reason) > audit.ReasonMax {
		return errorf(http.StatusBadRequest, "the reason is longer than %d bytes", audit.ReasonMax)
	}
	var all []ChildLine
	err := api.makeNoted(r, c, func(note *audit.Note) error {
		all = addLines(r.body, children)
		var created, refused int
		for _, l := range all {
			switch {
			case !l.OK:
				refused++
			case l.Created:
				created++
			}
		}
		note.Detail("lines", strconv.Itoa(len(all)))
		note.Detail("created", strconv.Itoa(created))
		note.Detail("refused", strconv.Itoa(refused))
		return nil
	})
	if err != nil {
		return err
	}
	var answer bytes.Buffer
	for _, l := range all {
		text, err := encode(l)
		if err != nil {
			return err
		}
		answer.Write(append(text, '\n'))
	}
	w.Header().Set("Content-Type", linesType)
	_, _ = w.Write(answer.Bytes()) // if it fails, the client is gone
	return nil
}

// addLines adds the clients of the lines that have one.
func addLines(body []byte, children Children) []ChildLine {
	all := []ChildLine{}
	var batch []NewChild
	var of []int // the answers to batch
	flush := func() {
		for i, a := range children.Add(batch) {
			l := &all[of[i]]
			l.Name, l.OK, l.Created = a.Name, a.Err == nil, a.Created
			if a.Err != nil {
				l.Error, l.Token = a.Err.Error(), ""
			}
		}
		batch, of = nil, nil
	}
	number := 0
	for line := range bytes.Lines(body) {
		number++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		n, made, err := childOfLine(line)
		all = append(all, ChildLine{Line: number, Name: n.Name, Token: made})
		if err != nil {
			l := &all[len(all)-1]
			l.Error, l.Token = strings.TrimPrefix(err.Error(), "Error: "), ""
			continue
		}
		if batch, of = append(batch, n), append(of, len(all)-1); len(batch) == linesOnce {
			flush()
		}
	}
	if len(batch) > 0 {
		flush()
	}
	return all
}

// childOfLine returns the client that a line is to add.
func childOfLine(line []byte) (n NewChild, made string, err error) {
	fields, err := (&request{body: line}).onlyFields("name", "token")
	if err != nil {
		return n, "", errorf(http.StatusBadRequest, `%s; it should be such as {"name":"alice","token":"secret"}`,
			strings.Replace(strings.TrimPrefix(err.Error(), "Error: "), "the body", "the line", 1))
	}
	return newChildOf(fields)
}
