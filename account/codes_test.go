package account_test

import (
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
)

func code(s string) ilp.Code { return ilp.Code(s[0])<<16 | ilp.Code(s[1])<<8 | ilp.Code(s[2]) }

func TestCodesAreCountedApart(t *testing.T) {
	var c account.Codes
	if len(c.Read()) != 0 {
		t.Error("nothing was counted, and something is there")
	}
	for _, s := range []string{"F02", "T04", "F02", "X99"} {
		c.Count(0, code(s), 7)
	}
	got := c.Read()
	if len(got) != 3 || got[ilp.F02].Count != 2 || got[ilp.T04].Count != 1 || got[code("X99")].Count != 1 {
		t.Errorf("counted %v", got)
	}
	got[ilp.F02] = account.Rejects{}
	if c.Read()[ilp.F02].Count != 2 {
		t.Error("what was read is not a copy")
	}
}

func TestLatestRejectIsKept(t *testing.T) {
	var c account.Codes
	at := time.Date(2026, 11, 22, 11, 21, 14, 0, time.UTC)
	c.Count(at.UnixNano(), ilp.F99, 1_000_000)
	c.Count(at.Add(time.Minute).UnixNano(), ilp.F99, 5)
	c.Count(at.Add(time.Hour).UnixNano(), ilp.T04, 7)
	if got := c.Read()[ilp.F99]; got.Count != 2 || got.LastAmount != 5 || !got.LastAt.Equal(at.Add(time.Minute)) {
		t.Errorf("counted %+v", got)
	}
}

// A peer makes up codes as it likes. The known ones are still counted apart.
func TestInventedCodesDoNotFillTheMemory(t *testing.T) {
	var c account.Codes
	const invented = 26 * 26 * 26
	for i := range invented {
		c.Count(0, ilp.Code('A'+i/676)<<16|ilp.Code('A'+i/26%26)<<8|ilp.Code('A'+i%26), 7)
	}
	c.Count(0, ilp.R00, 7)
	got := c.Read()
	if len(got) > 100 {
		t.Errorf("%d codes are kept", len(got))
	}
	if got[ilp.R00].Count != 1 {
		t.Error("a known code was lost among them")
	}
	var sum uint64
	for _, n := range got {
		sum += n.Count
	}
	if sum != invented+1 || got[account.OtherCode].Count < invented-100 {
		t.Errorf("%d were counted, %d of them as others", sum, got[account.OtherCode].Count)
	}
}

func TestUnprintableCodesCountAsOthers(t *testing.T) {
	var c account.Codes
	for _, s := range []string{"\x00\x00\x00", "F0\n", "f02", "\"\"\"", "F\xff0", "F 0", "F0:", "F0@", "F0["} {
		c.Count(0, code(s), 7)
	}
	if got := c.Read(); len(got) != 1 || got[account.OtherCode].Count != 9 {
		t.Errorf("counted %v", got)
	}
}
