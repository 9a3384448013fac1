package cli

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/ilp-go/connector/admin/client"
)

// wordsMax is the length of the words that a table shows of the columns in wordy.
const wordsMax = 80

// wordy is the columns whose texts may be long, such as the errors of remote parties. The
// others have names and numbers, which are of no use if they are cut.
var wordy = []string{"LAST ERROR", "MESSAGE", "OUTCOME", "REASON"}

// printTable prints a header and rows in columns. It cuts long words, unless the operator
// asked for wide tables.
func (r *remote) printTable(header []string, rows [][]string) error {
	if !r.wide {
		for column, name := range header {
			if !slices.Contains(wordy, name) {
				continue
			}
			for _, row := range rows {
				row[column] = cut(row[column])
			}
		}
	}
	return printTable(r.stdout, header, rows)
}

// cut returns the beginning of a text that is longer than wordsMax.
func cut(text string) string {
	runes := []rune(text)
	if len(runes) <= wordsMax {
		return text
	}
	return strings.TrimRight(string(runes[:wordsMax-1]), " ") + "…"
}

// printTable prints a header and rows in columns. It prints an empty cell as a dash, and makes
// the words of remote parties safe for a terminal. Without a header there are only rows.
func printTable(w io.Writer, header []string, rows [][]string) error {
	if header != nil {
		rows = append([][]string{header}, rows...)
	}
	out := bufio.NewWriter(w) // t writes each cell, and there may be very many
	t := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			if cells[i] = client.Printable(cell); cell == "" {
				cells[i] = "-"
			}
		}
		_, _ = fmt.Fprintln(t, strings.Join(cells, "\t"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return out.Flush()
}

// ago returns how long ago a moment was, or nothing for the zero moment.
func ago(then client.Time, now time.Time) string {
	if then.IsZero() {
		return ""
	}
	return age(then, now) + " ago"
}

// age returns the time since a moment, or nothing for the zero moment.
func age(then client.Time, now time.Time) string {
	if then.IsZero() {
		return ""
	}
	return span(max(0, now.Sub(then.Time)))
}

// until returns the time until a moment, or nothing if it has passed.
func until(then client.Time, now time.Time) string {
	wait := then.Sub(now)
	if wait <= 0 {
		return ""
	}
	return "in " + span(wait)
}

// span returns a duration in its two largest units.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm%ds", d/time.Minute, d%time.Minute/time.Second)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%dd%dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
}

// inUnits returns an amount of base units in units of the asset. It returns Infinity unchanged.
func inUnits(amount string, scale int) string {
	digits, negative := strings.CutPrefix(amount, "-")
	if scale == 0 || strings.Trim(digits, "0123456789") != "" {
		return amount
	}
	if missing := scale + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	point := len(digits) - scale
	units := digits[:point] + "." + digits[point:]
	if negative {
		units = "-" + units
	}
	return units
}
