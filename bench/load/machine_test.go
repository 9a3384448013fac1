package load

import (
	"testing"
	"time"
)

func TestStatIsReadWithoutIdleTime(t *testing.T) {
	busy, err := parseStat("cpu  1 2 4 1000 2000 8 16 32 64 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n")
	if err != nil || busy != 63*10*time.Millisecond {
		t.Errorf("busy for %v, %v", busy, err)
	}
	for _, wrong := range []string{"", "cpu 1 2 3", "intr 1 2 3 4 5 6 7 8 9", "cpu a b c d e f g h i"} {
		if _, err := parseStat(wrong); err == nil {
			t.Errorf("%q was read", wrong)
		}
	}
}
