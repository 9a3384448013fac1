package docs

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// wildcard stands for whatever a command prints there.
const wildcard = "..."

// expect says how what a command printed is not what a page shows, nil if it is.
func expect(shown, printed string) error {
	shown, printed = strings.TrimSpace(shown), strings.TrimSpace(printed)
	if strings.HasPrefix(shown, "{") || strings.HasPrefix(shown, "[") {
		return expectJSON(shown, printed)
	}
	if !matchLines(strings.Split(shown, "\n"), strings.Split(printed, "\n")) {
		return fmt.Errorf("it prints\n%s\nand not\n%s", printed, shown)
	}
	return nil
}

// matchLines matches lines, some of which may stand for any lines.
func matchLines(shown, printed []string) bool {
	if len(shown) == 0 {
		return len(printed) == 0
	}
	if strings.TrimSpace(shown[0]) == wildcard {
		return matchLines(shown[1:], printed) || len(printed) > 0 && matchLines(shown, printed[1:])
	}
	return len(printed) > 0 && matchLine(shown[0], printed[0]) && matchLines(shown[1:], printed[1:])
}

var blanks = regexp.MustCompile(`\s+`)

func matchLine(shown, printed string) bool {
	squeeze := func(s string) string { return strings.TrimSpace(blanks.ReplaceAllString(s, " ")) }
	pattern := strings.ReplaceAll(regexp.QuoteMeta(squeeze(shown)), regexp.QuoteMeta(wildcard), ".*")
	return regexp.MustCompile("^" + pattern + "$").MatchString(squeeze(printed))
}

func expectJSON(shown, printed string) error {
	want, err := parseJSON(shown)
	if err != nil {
		return fmt.Errorf("the page shows no JSON: %w", err)
	}
	got, err := parseJSON(printed)
	if err != nil {
		return fmt.Errorf("it prints no JSON but %q", printed)
	}
	if path, ok := matchJSON("", want, got); !ok {
		return fmt.Errorf("it prints\n%s\nwhich is not what is shown at %q", printed, path)
	}
	return nil
}

func parseJSON(text string) (value any, err error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	err = decoder.Decode(&value)
	return value, err
}

// matchJSON tells the path of the first value that is another.
func matchJSON(path string, want, got any) (at string, ok bool) {
	if want == wildcard {
		return path, true
	}
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok {
			return path, false
		}
		return matchObject(path, want, got)
	case []any:
		got, ok := got.([]any)
		if !ok {
			return path, false
		}
		return matchArray(path, want, got)
	}
	return path, want == got
}

func matchObject(path string, want, got map[string]any) (at string, ok bool) {
	for name, value := range want {
		if name == wildcard {
			continue
		}
		other, there := got[name]
		if !there {
			return path + "." + name, false
		}
		if at, ok := matchJSON(path+"."+name, value, other); !ok {
			return at, false
		}
	}
	_, more := want[wildcard]
	for name := range got {
		if _, there := want[name]; !there && !more {
			return path + "." + name, false
		}
	}
	return path, true
}

func matchArray(path string, want, got []any) (at string, ok bool) {
	if n := len(want); n > 0 && want[n-1] == wildcard && len(got) >= n-1 {
		want, got = want[:n-1], got[:n-1]
	}
	if len(want) != len(got) {
		return path + ".length", false
	}
	for i := range want {
		if at, ok := matchJSON(fmt.Sprintf("%s[%d]", path, i), want[i], got[i]); !ok {
			return at, false
		}
	}
	return path, true
}

// What the pages are held to has to be able to say no.
func TestExpectations(t *testing.T) {
	for _, c := range []struct {
		shown, printed string
		same           bool
	}{
		{"", "", true},
		{"", "x", false},
		{"fine", "fine\n", true},
		{"fine", "fin", false},
		{"a b", "a    b", true},
		{"took ... ms", "took 1.5 ms", true},
		{"took ... ms", "took 1.5 s", false},
		{"a.c", "abc", false},
		{"a\n...\nz", "a\nz", true},
		{"a\n...\nz", "a\nb\nc\nz", true},
		{"a\n...\nz", "a\nb", false},
		{"a\n...", "b", false},
		{`{"a": 1}`, `{"a":1}`, true},
		{`{"a": 1}`, `{"a":2}`, false},
		{`{"a": 1}`, `{"a":1,"b":2}`, false},
		{`{"a": 1, "...": ""}`, `{"a":1,"b":2}`, true},
		{`{"a": 1, "b": 2}`, `{"a":1}`, false},
		{`{"a": "..."}`, `{"a":[1,2]}`, true},
		{`[1, "..."]`, `[1,2,3]`, true},
		{`[1, "..."]`, `[2]`, false},
		{`[1]`, `[1,2]`, false},
		{`{"a": {"b": null}}`, `{"a":{"b":0}}`, false},
		{`{"a": 1}`, `oops`, false},
	} {
		if err := expect(c.shown, c.printed); (err == nil) != c.same {
			t.Errorf("%q for %q gave %v", c.printed, c.shown, err)
		}
	}
}

// shownCommand is a command of a console block and what it prints.
type shownCommand struct{ text, output string }

// consoleCommands takes a console block apart. A command goes on in the next line after a backslash.
func consoleCommands(text string) (commands []shownCommand) {
	more := false
	for l := range strings.Lines(text) {
		rest, isCommand := strings.CutPrefix(l, "$ ")
		switch {
		case more:
			commands[len(commands)-1].text += l
		case isCommand:
			commands = append(commands, shownCommand{text: rest})
		case len(commands) > 0:
			commands[len(commands)-1].output += l
			continue
		}
		more = strings.HasSuffix(l, "\\\n")
	}
	return slices.Clip(commands)
}
