package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// wholeNumber is a flag with a number in a range.
type wholeNumber struct{ value, least, most int }

// Set sets the number.
func (n *wholeNumber) Set(text string) error {
	value, err := strconv.Atoi(text)
	if err != nil || value < n.least || value > n.most {
		return fmt.Errorf("%q is not a whole number from %d to %d", text, n.least, n.most)
	}
	n.value = value
	return nil
}

// String returns the number.
func (n *wholeNumber) String() string { return strconv.Itoa(n.value) }

// Type returns the name of the value in the help.
func (n *wholeNumber) Type() string { return "number" }

// length is a flag with a length of time in a range.
type length struct{ value, least, most time.Duration }

// Set sets the length.
func (l *length) Set(text string) error {
	value, err := time.ParseDuration(text)
	if err != nil || value < l.least || value > l.most {
		such := "1h or 30m"
		if l.least < time.Second {
			such = "1s or 500ms"
		}
		return fmt.Errorf("%q is not a time from %s to %s, such as %s", text, brief(l.least), brief(l.most), such)
	}
	l.value = value
	return nil
}

// brief returns a length of time without parts that are 0.
func brief(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// String returns the length.
func (l *length) String() string { return l.value.String() }

// Type returns the name of the value in the help.
func (l *length) Type() string { return "time" }

var (
	_ pflag.Value = (*wholeNumber)(nil)
	_ pflag.Value = (*length)(nil)
)
