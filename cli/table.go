package cli

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/ilp-go/connector/admin/client"
)

// printTable prints a header and rows in columns. It prints an empty cell as a dash, and makes
// the words of remote parties safe for a terminal.
func printTable(w io.Writer, header []string, rows [][]string) error {
	out := bufio.NewWriter(w) // t writes each cell, and there may be very many
	t := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	for _, row := range append([][]string{header}, rows...) {
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
