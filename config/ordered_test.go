package config

import (
	"bytes"
	"encoding/json"
	"testing"
)

// A document is written as package json writes the same values.
func TestDocumentsAreWrittenAsJSON(t *testing.T) {
	texts := []string{"", "plain", "a b~", `quoted "x" \ y`, "<&>", "\u2028 \u00e9 \x00 \x7f", "line\n", "\xff broken", "${NAME}", "g.acme/§"}
	for _, text := range texts {
		o := newObject()
		o.set("b", text)
		o.set(text+"a", []any{text, nil, true, json.Number("1.5e3"), []any{}, newObject()})
		inner := newObject()
		inner.set(text, json.RawMessage(`{"x" : "<"}`))
		o.set("c", inner)
		got, err := o.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		var again bytes.Buffer
		for i, key := range o.keys {
			name, _ := json.Marshal(key)
			value := o.values[key]
			if key == "c" {
				value = map[string]any{text: json.RawMessage(`{"x" : "<"}`)}
			} else if list, ok := value.([]any); ok {
				value = append(list[:5:5], map[string]any{})
			}
			encoded, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			again.WriteByte("{,,"[i])
			again.Write(append(append(name, ':'), encoded...))
		}
		again.WriteByte('}')
		if string(got) != again.String() {
			t.Errorf("%q is written %s, and not %s", text, got, again.String())
		}
	}
	o := newObject()
	o.set("f", func() {})
	if _, err := o.MarshalJSON(); err == nil {
		t.Error("a function is written")
	}
}

// The text of an account is what its operator wrote, with the options as they are now.
func TestTextIsWhatWasWrittenWithTheOptions(t *testing.T) {
	for written, want := range map[string]string{
		`{"relation":"child","plugin":"other-plugin","assetCode":"USD","assetScale":9}`:                                                               "",
		`{"plugin":"other-plugin","options":{"z":1,"a":{"n":[1.50,"<x>"]}},"relation":"child","assetCode":"USD","assetScale":9}`:                      `{"plugin":"other-plugin","relation":"child","assetCode":"USD","assetScale":9,"options":{"a":{"n":[1.5,"\u003cx\u003e"]},"z":1}}`,
		`{"plugin":"other-plugin","options":{},"relation":"child","assetCode":"USD","assetScale":9}`:                                                  `{"plugin":"other-plugin","relation":"child","assetCode":"USD","assetScale":9}`,
		`{"plugin":"ilp-plugin-btp","relation":"child","assetCode":"USD","assetScale":9,"options":{"listener":{"secret":"s","port":1}}}`:              `{"plugin":"ilp-plugin-btp","relation":"child","assetCode":"USD","assetScale":9,"options":{"listener":{"port":1,"secret":"s"}}}`,
		`{"plugin":"ilp-plugin-btp","relation":"child","assetCode":"USD","assetScale":9,"options":{"listener":{"secret":{"env":"SECRET"},"port":1}}}`: `{"plugin":"ilp-plugin-btp","relation":"child","assetCode":"USD","assetScale":9,"options":{"listener":{"port":1,"secret":{"env":"SECRET"}}}}`,
	} {
		if want == "" {
			want = written
		}
		c, _, err := Parse("c.json", []byte(`{"ilpAddress":"test.us","backend":"one-to-one","accounts":{"a":`+written+`}}`), []string{"SECRET=hunter2hunter2hu"}, builtin)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(c.Accounts[0].Text()); got != want {
			t.Errorf("%s is kept as %s, and not %s", written, got, want)
		}
		if got := string(c.Accounts[0].Text()); got != want { // and again
			t.Errorf("the second text is %s", got)
		}
	}
}
