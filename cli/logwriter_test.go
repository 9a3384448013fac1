package cli

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestLogWriterWritesEverythingInOrder(t *testing.T) {
	var out strings.Builder
	l := newLogWriter(&out)
	var want strings.Builder
	for i := range 1000 {
		fmt.Fprintln(l, i)
		fmt.Fprintln(&want, i)
	}
	l.Close()
	if out.String() != want.String() {
		t.Errorf("%d bytes were written, want %d", out.Len(), want.Len())
	}
}

func TestStalledLogStopsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		read, write := io.Pipe()
		l := newLogWriter(write)
		fmt.Fprintln(l, 0)
		synctest.Wait() // it is being written
		for i := range 3 * logLinesMax {
			fmt.Fprintln(l, i+1) // nothing reads: Write returns all the same
		}
		began := time.Now()
		l.Close()
		if took := time.Since(began); took > logCloseTime {
			t.Errorf("closing took %s", took)
		}
		var lines []string
		buf := make([]byte, 1<<10)
		for len(lines) == 0 || !strings.Contains(strings.Join(lines, ""), "were dropped") {
			n, err := read.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, string(buf[:n]))
		}
		if lines[0] != "0\n" {
			t.Errorf("the first line is %q", lines[0])
		}
		l.lines <- nil
		go func() { _, _ = io.Copy(io.Discard, read) }()
		<-l.done
		_ = write.Close()
	})
}
