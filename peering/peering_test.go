package peering

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/config"
)

var (
	now  = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	nine = uint8(9)
	us   = Us{Address: "test.alice"}
	them = Us{Address: "test.bob"}
)

// offer is one that needs nothing else.
func offer() Offer {
	return Offer{ID: "bob", Endpoint: "btp+ws://peer.example:7768/bob", AssetCode: "XRP", AssetScale: &nine}
}

func invite(t *testing.T, o Offer) (Invitation, config.Account) {
	t.Helper()
	i, id, entry, err := o.Invite(us, now)
	if err != nil {
		t.Fatal(err)
	}
	a, _, err := config.ParseAccount(id, entry, config.Known{})
	if err != nil {
		t.Fatal(err)
	}
	return i, a
}

func TestBothSidesMirrorEachOther(t *testing.T) {
	o := offer()
	o.BalanceMaximum, o.BalanceMinimum, o.MaxPacketAmount, o.PacketsPerMinute, o.Relation = "700", "-30", "5", 60, "child"
	i, ours := invite(t, o)
	got, err := Parse("Hello,\n" + i.Text() + "\nbye")
	if err != nil || !reflect.DeepEqual(got, i) {
		t.Fatalf("%+v %v\nwant %+v", got, err, i)
	}
	if !ours.Invitation.Open() || ours.Invitation.Expires != "2026-02-01T12:00:00Z" || !reflect.DeepEqual(ours.Options["listener"], map[string]any{"port": json.Number("7768"), "secret": i.Token}) {
		t.Errorf("it waits as %+v %v", ours.Invitation, ours.Options["listener"])
	}
	id, entry, err := got.Accept(Choices{Relation: "parent", AsProposed: true}, them, now, "anyname")
	if err != nil {
		t.Fatal(err)
	}
	theirs, _, err := config.ParseAccount(id, entry, config.Known{})
	if err != nil || id != "alice" {
		t.Fatal(id, err)
	}
	if ours.Relation.String() != "child" || theirs.Relation.String() != "parent" || theirs.AssetCode != "XRP" || theirs.AssetScale != 9 {
		t.Errorf("%+v", theirs)
	}
	if *ours.Balance != (config.Balance{Maximum: "700", Minimum: "-30", SettleTo: "0"}) || *theirs.Balance != (config.Balance{Maximum: "30", Minimum: "-700", SettleTo: "0"}) {
		t.Errorf("balances %+v %+v", ours.Balance, theirs.Balance)
	}
	if ours.MaxPacketAmount != "5" || theirs.MaxPacketAmount != "5" || theirs.RateLimit.RefillCount != 60 || theirs.RateLimit != ours.RateLimit {
		t.Errorf("limits %+v %+v", ours, theirs)
	}
	if b, err := theirs.BTP(); err != nil || *b.Server != (config.BTPServer{URL: "ws://peer.example:7768/bob", Account: "anyname", Token: i.Token, DeclareAsset: true}) {
		t.Errorf("%+v %v", b.Server, err)
	}
}

func TestDefaultLimitsAreSmallAndFinite(t *testing.T) {
	for scale, want := range map[uint8]string{0: "1", 2: "1", 3: "1", 4: "10", 9: "1000000", 21: "1000000000000000000", 255: "1000000000000000000"} {
		o := offer()
		o.AssetScale = &scale
		i, ours := invite(t, o)
		if ours.Balance.Maximum != want || ours.Balance.Minimum != "-"+want || i.Balance != (Balance{want, "-" + want}) {
			t.Errorf("scale %d: %+v %+v", scale, ours.Balance, i.Balance)
		}
		if again, err := Parse(i.Text()); err != nil || again.Balance != i.Balance {
			t.Errorf("scale %d: %v", scale, err)
		}
	}
}

// The other side may propose that it owes us anything.
func TestProposalIsNotTakenUnseen(t *testing.T) {
	o := offer()
	o.BalanceMaximum, o.BalanceMinimum, o.MaxPacketAmount, o.PacketsPerMinute = "9000000000", "-9000000000", "9000000000", 1_000_000
	i, _ := invite(t, o)
	_, entry, err := i.Accept(Choices{}, them, now, "x")
	if err != nil || !strings.Contains(string(entry), `"balance":{"maximum":"1000000","minimum":"-1000000"},"maxPacketAmount":"100000","rateLimit":{"refillPeriod":60000,"refillCount":1000}`) {
		t.Errorf("%s %v", entry, err)
	}
	_, entry, err = i.Accept(Choices{Limits: Limits{BalanceMaximum: "7"}, AsProposed: true}, them, now, "x")
	if err != nil || !strings.Contains(string(entry), `"balance":{"maximum":"7","minimum":"-9000000000"},"maxPacketAmount":"9000000000"`) {
		t.Errorf("%s %v", entry, err)
	}
}

func TestOfferSaysAllThatIsWrong(t *testing.T) {
	for _, c := range []struct {
		edit  func(*Offer)
		us    Us
		words []string
	}{
		{func(o *Offer) { *o = Offer{} }, Us{}, []string{"ILP address", "id is not", "endpoint is not set", "--endpoint", "peerEndpoint", "--asset"}},
		{func(o *Offer) { o.Endpoint = "btp+ws://localhost:7768" }, us, []string{"localhost", "--allow-loopback"}},
		{func(o *Offer) { o.Endpoint = "btp+ws://[::1]:7768" }, us, []string{"::1", "--allow-loopback"}},
		{func(o *Offer) { o.Endpoint = "btp+ws://a:b@h" }, us, []string{"endpoint holds an account or a token"}},
		{func(o *Offer) { o.Endpoint = "btp+wss://h" }, us, []string{"--tls-cert", "--listen"}},
		{func(o *Offer) { o.TLSCert = "c" }, us, []string{"only one of them"}},
		{func(o *Offer) { o.TLSCert, o.TLSKey = "c", "k" }, us, []string{"btp+wss://"}},
		{func(o *Offer) { o.Listen = "7768" }, us, []string{"listen is not an address"}},
		{func(o *Offer) { o.AssetCode = "" }, us, []string{"only one of them", "--scale"}},
		{func(o *Offer) { o.AssetCode = "X\x1b" }, us, []string{"assetCode holds"}},
		{func(o *Offer) { o.Relation = "friend" }, us, []string{"friend", "none of"}},
		{func(o *Offer) { o.BalanceMaximum, o.BalanceMinimum = "Infinity", "5" }, us, []string{"balanceMaximum is no finite", "balanceMinimum is positive"}},
		{func(o *Offer) { o.BalanceMaximum, o.MaxPacketAmount = "-5", "-1" }, us, []string{"balanceMaximum is negative", "maxPacketAmount is negative"}},
		{func(o *Offer) { o.PacketsPerMinute = -1 }, us, []string{"packetsPerMinute"}},
		{func(o *Offer) { o.ExpiresIn = 1 << 40 }, us, []string{"expiresIn"}},
	} {
		o := offer()
		c.edit(&o)
		_, _, _, err := o.Invite(c.us, now)
		if err == nil {
			t.Errorf("%+v is fine", o)
			continue
		}
		for _, word := range c.words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%v lacks %q", err, word)
			}
		}
	}
}

func TestAcceptSaysAllThatDoesNotFit(t *testing.T) {
	o := offer()
	o.Relation, o.Endpoint, o.AllowLoopback = "child", "btp+ws://127.0.0.1:7768", true
	i, _ := invite(t, o)
	six := uint8(6)
	_, _, err := i.Accept(Choices{ID: "a b", AssetCode: "USD", AssetScale: &six}, us, i.Expires, "x")
	for _, word := range []string{"expired", i.Expires.Format(time.RFC3339), "id is not", "our parent", "--relation parent", "XRP with scale 9", "USD with scale 6", "--allow-loopback", "our own"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%v lacks %q", err, word)
		}
	}
	if !errors.Is(err, ErrMismatch) || !errors.Is(err, ErrExpired) {
		t.Error(err)
	}
	// What the accounts have in common counts as declared.
	_, _, err = i.Accept(Choices{Relation: "parent", AllowLoopback: true}, Us{Address: "test.bob", Asset: &Asset{"EUR", 2}}, now, "x")
	if err == nil || !strings.Contains(err.Error(), "its asset is XRP with scale 9, ours is EUR with scale 2") {
		t.Error(err)
	}
	if _, _, err = i.Accept(Choices{Relation: "parent", AllowLoopback: true, AssetCode: "XRP", AssetScale: &nine}, Us{Asset: &Asset{"EUR", 2}}, now, "x"); err != nil {
		t.Error(err)
	}
}

// A stranger makes no other program on our machine get what we send, whatever name it gives it.
func TestAcceptRefusesThisMachineUnderAnyName(t *testing.T) {
	for _, host := range []string{"localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "admin.localhost", "127.1", "2130706433", "0x7f.1"} {
		i, _ := invite(t, offer())
		i.Endpoint = "btp+ws://" + host + ":7780"
		i, err := Parse(i.Text())
		if err == nil {
			_, _, err = i.Accept(Choices{}, Us{Asset: &Asset{i.AssetCode, i.AssetScale}}, now, "x")
		}
		if err == nil {
			t.Errorf("%s is accepted", host)
		}
	}
}

func TestParseTellsWhatIsWrongWithAText(t *testing.T) {
	i, _ := invite(t, offer())
	text := i.Text()
	other, _ := invite(t, offer())
	for bad, want := range map[string]error{
		"":                                   ErrNone,
		"hello":                              ErrNone,
		text + " " + other.Text():            errTwo,
		text[:len(text)-1]:                   ErrDamaged,
		text[:40]:                            ErrDamaged,
		text + "A":                           ErrDamaged,
		strings.Replace(text, "1:", "2:", 1): ErrVersion,
		Prefix:                               ErrDamaged,
		Prefix + "1":                         ErrDamaged,
		Prefix + "1:":                        ErrDamaged,
		Prefix + "1:" + strings.Repeat("A", TextBytesMax): ErrDamaged,
		strings.Repeat("a ", InputBytesMax):               ErrNone,
	} {
		if _, err := Parse(bad); !errors.Is(err, want) {
			t.Errorf("%.60q: %v", bad, err)
		}
	}
	for n := range len(text) { // every change of a character is found
		if changed := text[:n] + "x" + text[n+1:]; changed != text {
			if _, err := Parse(changed); err == nil {
				t.Errorf("character %d may change", n)
			}
		}
	}
	if same, err := Parse(text + "\n" + text); err != nil || same != i {
		t.Error(err)
	}
}

// A mail folds long lines, and quotes them.
func TestParseReadsAFoldedText(t *testing.T) {
	i, _ := invite(t, offer())
	text := i.Text()
	for _, width := range []int{len(Prefix), 10, 11, 70, len(text) - 1} {
		for _, fold := range []string{"\n", "\r\n", "\n> ", "\n>> "} {
			folded := "Hello,\n" + fold
			for rest := text; rest != ""; {
				n := min(width, len(rest))
				folded, rest = folded+rest[:n]+fold, rest[n:]
			}
			if got, err := Parse(folded + "\nYours, Alice\n"); err != nil || got != i {
				t.Errorf("in lines of %d, between %q: %v", width, fold, err)
			}
		}
	}
	if _, err := Parse(text[:70] + "\n" + text[71:]); !errors.Is(err, ErrDamaged) {
		t.Error(err)
	}
}

// A checksum keeps nobody from writing what they want.
func TestParseBelievesNothing(t *testing.T) {
	for name, edit := range map[string]func(*Invitation){
		"endpoint":         func(i *Invitation) { i.Endpoint = "btp+ws://h\x1b[31m" },
		"endpoint ":        func(i *Invitation) { i.Endpoint = "btp+ws://" + strings.Repeat("h", 600) },
		"token":            func(i *Invitation) { i.Token = "short" },
		"address":          func(i *Invitation) { i.Address = "peer.config" },
		"address ":         func(i *Invitation) { i.Address = "test.\n" },
		"relation":         func(i *Invitation) { i.Relation = "friend" },
		"assetCode":        func(i *Invitation) { i.AssetCode = "X\u202eRP" },
		"balance.maximum":  func(i *Invitation) { i.Balance.Maximum = "Infinity" },
		"balance.minimum":  func(i *Invitation) { i.Balance.Minimum = "5" },
		"balance.minimum ": func(i *Invitation) { i.Balance.Minimum = "--5" },
		"balance.maximum ": func(i *Invitation) { i.Balance.Maximum = strings.Repeat("9", 39) },
		"maxPacketAmount":  func(i *Invitation) { i.MaxPacketAmount = "1e9" },
		"rateLimit":        func(i *Invitation) { i.RateLimit.RefillCount = 0 },
		"rateLimit ":       func(i *Invitation) { i.RateLimit.RefillPeriod = 1 << 62 },
		"expires":          func(i *Invitation) { i.Expires = time.Time{} },
	} {
		i, _ := invite(t, offer())
		edit(&i)
		_, err := Parse(i.Text())
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), strings.TrimSpace(name)) || strings.ContainsAny(err.Error(), "\x1b\u202e") {
			t.Errorf("%s: %q", name, err)
		}
	}
}

func TestJavaScriptIsAnEntryOfItsConfiguration(t *testing.T) {
	i, _ := invite(t, offer())
	text, err := i.JavaScript("", "somename")
	var got map[string]struct {
		Relation, Plugin, AssetCode string
		Options                     struct{ Server string }
	}
	if err != nil || json.Unmarshal(text, &got) != nil {
		t.Fatalf("%s %v", text, err)
	}
	alice := got["alice"]
	if alice.Relation != "peer" || alice.Plugin != "ilp-plugin-btp" || alice.AssetCode != "XRP" || alice.Options.Server != "btp+ws://somename:"+i.Token+"@peer.example:7768/bob" {
		t.Errorf("%s", text)
	}
}

func TestSummaryShowsNoToken(t *testing.T) {
	i, _ := invite(t, offer())
	var all strings.Builder
	for _, line := range i.Summary() {
		all.WriteString(line[0] + ": " + line[1] + "\n")
	}
	for _, want := range []string{"from: test.alice\n", "asset: XRP with scale 9\n", "it may owe you: 1000000 (0.001 XRP)\n", "you may owe it: 1000000 (0.001 XRP)\n", "largest packet: 100000 (0.0001 XRP)\n", "packets: 1000 in 1m0s\n"} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("%s lacks %q", all.String(), want)
		}
	}
	if strings.Contains(all.String(), i.Token) {
		t.Error("it shows the token")
	}
}

// Whatever is read is written again as it was, and has nothing that a terminal would obey.
func FuzzParse(f *testing.F) {
	i, _, _, err := offer().Invite(us, now)
	if err != nil {
		f.Fatal(err)
	}
	body, _ := json.Marshal(i)
	f.Add([]byte(i.Text()), false)
	f.Add(body, true)
	f.Fuzz(func(t *testing.T, text []byte, signed bool) {
		word := string(text)
		if signed { // what somebody writes that knows the checksum
			word = sealed(text)
		}
		i, err := Parse(word)
		if err != nil {
			if strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f }) {
				t.Errorf("error %q", err)
			}
			return
		}
		if again, err := Parse(i.Text()); err != nil || again != i {
			t.Errorf("%+v becomes %+v %v", i, again, err)
		}
		for _, line := range i.Summary() {
			if strings.ContainsFunc(line[1], func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("it shows %q", line)
			}
		}
		if _, err := i.JavaScript("id", "name"); err != nil {
			t.Error(err)
		}
	})
}
