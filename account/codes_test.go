package account_test

import (
	"testing"

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
		c.Count(code(s))
	}
	got := c.Read()
	if len(got) != 3 || got[ilp.F02] != 2 || got[ilp.T04] != 1 || got[code("X99")] != 1 {
		t.Errorf("counted %v", got)
	}
	got[ilp.F02] = 100
	if c.Read()[ilp.F02] != 2 {
		t.Error("what was read is not a copy")
	}
}

// A peer makes up codes as it likes. The known ones are still counted apart.
func TestInventedCodesDoNotFillTheMemory(t *testing.T) {
	var c account.Codes
	const invented = 26 * 26 * 26
	for i := range invented {
		c.Count(ilp.Code('A'+i/676)<<16 | ilp.Code('A'+i/26%26)<<8 | ilp.Code('A'+i%26))
	}
	c.Count(ilp.R00)
	got := c.Read()
	if len(got) > 100 {
		t.Errorf("%d codes are kept", len(got))
	}
	if got[ilp.R00] != 1 {
		t.Error("a known code was lost among them")
	}
	var sum uint64
	for _, n := range got {
		sum += n
	}
	if sum != invented+1 || got[account.OtherCode] < invented-100 {
		t.Errorf("%d were counted, %d of them as others", sum, got[account.OtherCode])
	}
}

func TestUnprintableCodesCountAsOthers(t *testing.T) {
	var c account.Codes
	for _, s := range []string{"\x00\x00\x00", "F0\n", "f02", "\"\"\"", "F\xff0", "F 0", "F0:", "F0@", "F0["} {
		c.Count(code(s))
	}
	if got := c.Read(); len(got) != 1 || got[account.OtherCode] != 9 {
		t.Errorf("counted %v", got)
	}
}
