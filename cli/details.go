package cli

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/ilp-go/connector/admin/client"
)

// details are named values about one thing, in the order in which they are printed.
type details [][]string

// add adds a value, unless it is empty.
func (d *details) add(name, value string) {
	if value != "" {
		*d = append(*d, []string{name, value})
	}
}

// addCount adds a number, unless it is 0.
func (d *details) addCount(name string, n uint64) {
	if n > 0 {
		d.add(name, strconv.FormatUint(n, 10))
	}
}

// addJSON adds the values of a JSON document, each under its path.
func (d *details) addJSON(path string, document json.RawMessage) {
	var members client.OrderedMap[json.RawMessage]
	if json.Unmarshal(document, &members) == nil {
		for _, m := range members {
			d.addJSON(strings.TrimPrefix(path+"."+m.Name, "."), m.Value)
		}
		return
	}
	var text string
	if json.Unmarshal(document, &text) != nil {
		var compact bytes.Buffer
		_ = json.Compact(&compact, document) // it is valid: it was read before
		text = compact.String()
	}
	d.add(path, text)
}

// section adds values under a heading, unless there are none.
func (d *details) section(heading string, values details) {
	if len(values) > 0 {
		*d = append(append(*d, []string{}, []string{heading + ":"}), values...)
	}
}

// printDetails prints each value in a line, whole.
func (r *remote) printDetails(d details) error { return printTable(r.stdout, nil, d) }
