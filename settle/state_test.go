package settle

import "testing"

// The table is the picture in the package comment, arrow by arrow.
func TestStatesFollowThePicture(t *testing.T) {
	arrows := map[State]map[event]State{
		Intended: {handed: Sent, dropped: NotSent},
		Sent:     {paid: Confirmed, refused: NotSent, voided: NotSent, lost: Unknown},
		Unknown:  {paid: Confirmed, voided: NotSent, refused: Unknown, lost: Unknown},
	}
	for s := State(0); s <= WrittenOff+1; s++ {
		for e := handed; e <= lost+1; e++ {
			want, ok := arrows[s][e]
			if !ok {
				want = s
			}
			if got, gotOK := next(s, e); got != want || gotOK != ok {
				t.Errorf("next(%s, %d) = %s, %t; want %s, %t", s, e, got, gotOK, want, ok)
			}
		}
	}
}

func TestARefusalDoesNotEndWhatIsUnknown(t *testing.T) {
	if s, _ := next(Unknown, refused); s != Unknown {
		t.Errorf("%s: what an earlier call did is forgotten", s)
	}
}

func TestOpenStatesAreThoseThatCanEnd(t *testing.T) {
	for s := Intended; s <= WrittenOff; s++ {
		ends := false
		for e := handed; e <= lost; e++ {
			_, ok := next(s, e)
			ends = ends || ok
		}
		if s.Open() != ends {
			t.Errorf("%s: open is %t", s, s.Open())
		}
	}
}

func TestStatesAreReadAsWritten(t *testing.T) {
	for s := Intended; s <= WrittenOff; s++ {
		if got, ok := parseState(s.String()); got != s || !ok {
			t.Errorf("%s is read as %s", s, got)
		}
	}
	for _, text := range []string{"", "none", "Sent", "sent "} {
		if s, ok := parseState(text); ok {
			t.Errorf("%q is read as %s", text, s)
		}
	}
}
