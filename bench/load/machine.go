package load

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// machineBusy returns how long all cores together have worked since the machine was started.
func machineBusy() (time.Duration, error) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	return parseStat(string(b))
}

// parseStat returns the sum of the first line of /proc/stat without idle and iowait. The columns are
// user, nice, system, idle, iowait, irq, softirq and steal; user includes the guests that follow.
// The unit is 10 ms on every Linux.
func parseStat(stat string) (busy time.Duration, err error) {
	const idle, iowait, last = 3, 4, 7
	line, _, _ := strings.Cut(stat, "\n")
	fields := strings.Fields(line)
	if len(fields) <= last+1 || fields[0] != "cpu" {
		return 0, fmt.Errorf("/proc/stat begins with %q", line)
	}
	for i, field := range fields[1 : last+2] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		if i != idle && i != iowait {
			busy += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return busy, nil
}
