package config

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// A location leads through objects and lists, of a document and of options alike.
func TestLocationsLeadThroughLists(t *testing.T) {
	const text = `{"a":{"b":["x",{"c":"y"},null]},"[0]":"z"}`
	document, _ := parseJSON("", []byte(text))
	var options map[string]any
	if err := json.Unmarshal([]byte(text), &options); err != nil {
		t.Fatal(err)
	}
	for _, value := range []any{document, options} {
		for _, tt := range []struct {
			pattern []string
			want    string
		}{
			{[]string{"a", "b", anyElement}, "a.b[0]=x a.b[1]={c:y} a.b[2]=null "},
			{[]string{"a", "b", anyElement, "c"}, "a.b[0].c=null a.b[1].c=y a.b[2].c=null "},
			{[]string{"a", anyElement}, ""},
			{[]string{"none", anyElement}, ""},
			{[]string{"none", "c"}, "none.c=null "},
			{[]string{"a", "b", "[3]"}, "a.b[3]=null "},
			{[]string{"a", "b", "[-1]"}, `a.b["[-1]"]=null `},
			{[]string{"[0]"}, "[0]=z "},
		} {
			got := ""
			for _, location := range places(value, tt.pattern) {
				inner, _ := json.Marshal(valueAt(value, location))
				got += pathOf("", location) + "=" + strings.ReplaceAll(string(inner), `"`, "") + " "
			}
			if got != tt.want {
				t.Errorf("%T %q: %s, want %s", value, tt.pattern, got, tt.want)
			}
		}
		put(valueAt(value, []string{"a", "b"}), "[1]", "new")
		put(valueAt(value, []string{"a", "b"}), "[9]", "never")
		put(nil, "a", "never")
		if got, _ := json.Marshal(value); string(got) != `{"[0]":"z","a":{"b":["x","new",null]}}` && string(got) != `{"a":{"b":["x","new",null]},"[0]":"z"}` {
			t.Errorf("%T: %s", value, got)
		}
	}
}

// A list of options opens at the places of references and of what is no secret, and there alone.
func TestHiddenListsOpen(t *testing.T) {
	values := map[string]any{"in": map[string]any{"list": []any{"s", "r", map[string]any{"k": "v", "s": "t"}}, "other": "u"}, "top": "w"}
	hidden := redactValues(values)
	put(opened(values, hidden, []string{"in", "list"}), "[1]", "seen")
	reopen(values, hidden, []string{"in", "list", "[2]", "k"}, []string{"in", "list", "[5]", "k"}, []string{"top", "k"})
	want := "map[in:map[list:[[redacted] seen map[k:v s:[redacted]]] other:[redacted]] top:[redacted]]"
	if got := fmt.Sprint(hidden); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
