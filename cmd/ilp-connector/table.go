package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/ilp-go/connector/admin/client"
)

// table prints rows under a header, in columns. Cells may hold what remote parties
// wrote; what is empty is a dash.
func table(w io.Writer, header []string, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, row := range append([][]string{header}, rows...) {
		cells := make([]string, len(row))
		for i, cell := range row {
			if cells[i] = client.Printable(cell); cell == "" {
				cells[i] = "-"
			}
		}
		_, _ = fmt.Fprintln(t, strings.Join(cells, "\t"))
	}
	return t.Flush()
}

// age is how long ago a moment was, in its two largest units; empty for no moment.
func age(then client.Time, now time.Time) string {
	if then.IsZero() {
		return ""
	}
	d := max(0, now.Sub(then.Time))
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

// inUnits is an amount of base units in units of the asset. Infinity stays what it is.
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
