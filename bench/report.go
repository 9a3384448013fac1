//go:build linux

package main

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
)

// print writes the result as text: the medians, then the targets.
func (r *result) print(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "\n%s: %s\n", r.Name, r.Title); err != nil {
		return err
	}
	if r.Skipped != "" {
		_, err := fmt.Fprintf(w, "  skipped: %s\n", r.Skipped)
		return err
	}
	if r.Error != "" {
		_, err := fmt.Fprintf(w, "  FAILED: %s\n", r.Error)
		return err
	}
	if err := r.printTable(w); err != nil {
		return err
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		if _, err := fmt.Fprintf(w, "  %-10s %s: %s\n", f.Verdict, f.Target, f.text()); err != nil {
			return err
		}
	}
	return nil
}

// printTable writes the medians: a line per entrant, a column per metric that any entrant has.
func (r *result) printTable(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := "  \t"
	for _, c := range columns {
		if r.has(c.metric) {
			line += c.head + "\t"
		}
	}
	_, _ = fmt.Fprintln(table, line+"runs\t")
	for _, name := range r.Order {
		line := "  " + name + "\t"
		for _, c := range columns {
			if !r.has(c.metric) {
				continue
			}
			if v, ok := r.Medians[name][c.metric]; ok {
				line += strconv.FormatFloat(v, 'f', c.decimals, 64)
			}
			line += "\t"
		}
		_, _ = fmt.Fprintf(table, "%s%d\t\n", line, len(r.Runs[name]))
	}
	return table.Flush()
}

// has reports whether any entrant has the metric.
func (r *result) has(m metric) bool {
	for _, s := range r.Medians {
		if _, ok := s[m]; ok {
			return true
		}
	}
	return false
}
