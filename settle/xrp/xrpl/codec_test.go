package xrpl

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestEveryProperPrefixFails(t *testing.T) {
	for _, v := range readVectors(t).Transactions {
		for n := range len(v.Blob) {
			tx, err := Decode(v.Blob[:n])
			if err == nil {
				t.Errorf("%d bytes of %v are the transaction %+v", n, v.Blob, tx)
			}
		}
	}
}

func TestAnyChangedByteFailsOrComesBack(t *testing.T) {
	for i, v := range readVectors(t).Transactions {
		if i >= 5 {
			return // one of each type
		}
		for at := range v.Blob {
			for _, change := range []byte{1, 16, 128, 255} {
				changed := bytes.Clone(v.Blob)
				changed[at] ^= change
				checkComesBack(t, changed)
				if tx, err := Decode(changed); change == 1 && err == nil && tx.VerifySignature() == nil && tx.Signature == nil {
					t.Errorf("%v is signed as well with byte %d changed", v.Blob, at)
				}
			}
		}
	}
}

// checkComesBack holds that what is decoded is encoded to the same bytes, also by way of JSON.
func checkComesBack(t *testing.T, blob []byte) {
	t.Helper()
	tx, err := Decode(blob)
	if err != nil {
		if tx != nil {
			t.Fatalf("%X is refused and returned", blob)
		}
		return
	}
	if again, err := tx.encode(false); err != nil || !bytes.Equal(again, blob) {
		t.Fatalf("%X comes out as %X, %v", blob, again, err)
	}
	text, err := json.Marshal(tx)
	if err != nil {
		t.Fatalf("%X: %v", blob, err)
	}
	var read Transaction
	if err := json.Unmarshal(text, &read); err != nil || !reflect.DeepEqual(&read, tx) {
		t.Fatalf("%s reads as %+v, %v, want %+v", text, read, err, tx)
	}
}

func FuzzDecode(f *testing.F) {
	v := readVectors(f)
	for _, tx := range v.Transactions {
		f.Add([]byte(tx.Blob))
	}
	for _, r := range v.Refused {
		f.Add([]byte(r.Blob))
	}
	f.Fuzz(func(t *testing.T, blob []byte) {
		checkComesBack(t, blob)
		if tx, err := Decode(blob); err == nil {
			_ = tx.VerifySignature() // must not panic
		}
	})
}

func FuzzTransactionJSON(f *testing.F) {
	v := readVectors(f)
	for _, tx := range v.Transactions {
		f.Add([]byte(tx.JSON))
	}
	for _, r := range v.Refused {
		f.Add([]byte(r.JSON))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var tx Transaction
		if err := json.Unmarshal(text, &tx); err != nil {
			return
		}
		blob, err := tx.encode(false)
		if err != nil {
			return // such as a Domain that is too long
		}
		if again, err := Decode(blob); err != nil || !reflect.DeepEqual(again, &tx) {
			t.Errorf("%s comes back as %+v, %v", text, again, err)
		}
	})
}

func TestSignedTransactionsComeBack(t *testing.T) {
	keys := []Key{key(t, "snoPBrXtMeMyMHUVTgbuqAfg1SUTb"), key(t, "sEdTM1uX8pu2do5XvTnutH6HsouMaM2")}
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(keys).Draw(t, "key")
		tx := drawTransaction(t)
		tx.Account = k.Public().Account()
		blob, id, err := tx.Sign(k)
		if err != nil {
			t.Fatalf("%+v: %v", tx, err)
		}
		again, err := Decode(blob)
		if err != nil || !reflect.DeepEqual(again, tx) || again.VerifySignature() != nil || TransactionID(blob) != id {
			t.Fatalf("%+v comes back as %+v, %v", tx, again, err)
		}
		*again.fee()++
		if again.VerifySignature() == nil {
			t.Fatal("a changed transaction verifies")
		}
	})
}

func (t *Transaction) fee() *Drops { return &t.Fee }

// drawTransaction draws one that Sign takes.
func drawTransaction(t *rapid.T) *Transaction {
	amount := rapid.Custom(func(t *rapid.T) Drops { return Drops(rapid.Uint64Range(1, uint64(MaxDrops)).Draw(t, "drops")) })
	number := rapid.Uint32Range(1, math.MaxUint32)
	account := rapid.Custom(func(t *rapid.T) AccountID {
		return AccountID(rapid.SliceOfN(rapid.ByteRange(1, 255), 20, 20).Draw(t, "account"))
	})
	channel := rapid.Custom(func(t *rapid.T) Hash {
		return Hash(rapid.SliceOfN(rapid.ByteRange(1, 255), 32, 32).Draw(t, "channel"))
	})
	public := Ed25519Key([32]byte{2}).Public()
	tx := &Transaction{
		Type:     rapid.SampledFrom([]TransactionType{Payment, AccountSet, PaymentChannelCreate, PaymentChannelFund, PaymentChannelClaim}).Draw(t, "type"),
		Fee:      amount.Draw(t, "fee") - 1,
		Sequence: number.Draw(t, "sequence"), LastLedgerSequence: number.Draw(t, "last") - 1,
		SourceTag: rapid.Ptr(rapid.Uint32(), true).Draw(t, "tag"),
		NoFlags:   rapid.Bool().Draw(t, "no flags"),
	}
	if rapid.Bool().Draw(t, "network") {
		tx.NetworkID = rapid.Uint32Range(1025, math.MaxUint32).Draw(t, "id")
	}
	switch tx.Type {
	case Payment, PaymentChannelCreate:
		tx.Destination, tx.Amount = account.Draw(t, "destination"), new(amount.Draw(t, "amount"))
		tx.DestinationTag = rapid.Ptr(rapid.Uint32(), true).Draw(t, "destination tag")
		if tx.Type == PaymentChannelCreate {
			tx.SettleDelay, tx.PublicKey = rapid.Uint32().Draw(t, "delay"), &public
			tx.CancelAfter = rapid.Ptr(rapid.Uint32(), true).Draw(t, "cancel after")
		}
	case PaymentChannelFund:
		tx.Channel, tx.Amount = channel.Draw(t, "channel"), new(amount.Draw(t, "amount"))
		tx.Expiration = rapid.Ptr(rapid.Uint32(), true).Draw(t, "expiration")
	case PaymentChannelClaim:
		tx.Channel, tx.Balance = channel.Draw(t, "channel"), new(amount.Draw(t, "balance"))
		tx.Amount = rapid.Ptr(amount, true).Draw(t, "amount")
		if rapid.Bool().Draw(t, "signed") {
			tx.PublicKey, tx.Signature = &public, rapid.SliceOfN(rapid.Byte(), 1, 72).Draw(t, "signature")
		}
	case AccountSet:
		tx.SetFlag, tx.ClearFlag = number.Draw(t, "set")-1, number.Draw(t, "clear")-1
		if rapid.Bool().Draw(t, "domain") {
			tx.Domain = append(Bytes{}, rapid.SliceOfN(rapid.Byte(), 0, 256).Draw(t, "bytes")...)
		}
	}
	return tx
}

// The longest field that we write, which the codec of the ledger takes as well.
func TestLongBlobsComeBack(t *testing.T) {
	tx := &Transaction{Type: AccountSet, Sequence: 1, Domain: make(Bytes, lengthMax)}
	blob, err := tx.encode(false)
	if err != nil {
		t.Fatal(err)
	}
	checkComesBack(t, blob)
	if again, err := Decode(blob); err != nil || len(again.Domain) != lengthMax {
		t.Error(err)
	}
	tx.Domain = make(Bytes, lengthMax+1)
	if _, err := tx.encode(false); err == nil {
		t.Error("a blob without an end is written")
	}
}

func TestOtherFormsOfTheSameAreRefused(t *testing.T) {
	const head, fee, account = "1200032400000001", "684000000000000000", "8114" + "0102030405060708090A0B0C0D0E0F1011121314"
	for _, c := range []struct{ name, blob, want string }{
		{"the form we write", head + fee + account, ""},
		{"nothing", "", "needs the field TransactionType"},
		{"another order", "2400000001" + "120003" + fee + account, "canonical order"},
		{"a field twice", head + fee + fee + account, "canonical order"},
		{"a long header", "1002" + head[2:] + fee + account, "longer than it must be"},
		{"a field behind", head + fee + account + "00", "middle of a field"},
		{"a negative fee", head + "680000000000000001" + account, "amount of XRP"},
		{"a fee below zero of zero", head + "680000000000000000" + account, "amount of XRP"},
		{"a fee above all XRP", head + "68416345785D8A0001" + account, "above"},
		{"a short account", head + fee + "8113" + "0102030405060708090A0B0C0D0E0F10111213", "must have 20"},
		{"a long account", head + fee + "8115" + "0102030405060708090A0B0C0D0E0F101112131415", "must have 20"},
		{"an empty key", head + fee + "7300" + account, "must have 33"},
		{"a key of no kind", head + fee + "7321" + strings.Repeat("04", 33) + account, "public key begins"},
		{"a length of four bytes", head + fee + "77F1000000" + account, "more than 12480"},
		{"a type without fields", "12FFFF2400000001" + fee + account, "not known"},
		{"a field of no kind", head + fee + account + "F1", "not known"},
		{"more than a transaction may have", head + fee + "77" + strings.Repeat("00", blobMax), "it may have"},
	} {
		blob, err := hex.DecodeString(c.blob)
		if err != nil {
			t.Fatal(c.name, err)
		}
		tx, err := Decode(blob)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || tx != nil) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestJSONIsStrict(t *testing.T) {
	const good = `"TransactionType":"Payment","Account":"rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh","Destination":"rKwCnwtM6et7BVaCZm97hbU8oXkoohReea","Fee":"10"`
	for _, c := range []struct{ text, want string }{
		{`{` + good + `,"Sequence":1,"Amount":"5"}`, ""},
		{`{` + good + `,"Sequence":1,"DeliverMax":"5"}`, ""},
		{`{` + good + `,"Sequence":1,"Amount":"5","DeliverMax":"5"}`, ""},
		{`{` + good + `,"Sequence":1,"Amount":"5","date":1,"hash":"x","meta":{},"ctid":"C"}`, ""},
		{`{` + good + `,"Sequence":1,"Amount":"5","SigningPubKey":""}`, ""},
		{`{` + good + `,"Sequence":1,"Amount":"5","DeliverMax":"6"}`, "differ"},
		{`{` + good + `,"Sequence":1,"Amount":5}`, "Amount"},
		{`{` + good + `,"Sequence":1,"Amount":"5.0"}`, "Amount"},
		{`{` + good + `,"Sequence":1,"Amount":"5e3"}`, "Amount"},
		{`{` + good + `,"Sequence":1,"Amount":"05"}`, "Amount"},
		{`{` + good + `,"Sequence":1,"Amount":"-5"}`, "Amount"},
		{`{` + good + `,"Sequence":1,"Amount":""}`, "Amount"},
		{`{` + good + `,"Sequence":1,"Amount":null}`, "Amount is null"},
		{`{` + good + `,"Sequence":1,"Amount":{"value":"5"}}`, "Amount"},
		{`{` + good + `,"Sequence":1.5,"Amount":"5"}`, "Sequence"},
		{`{` + good + `,"Sequence":-1,"Amount":"5"}`, "Sequence"},
		{`{` + good + `,"Sequence":4294967296,"Amount":"5"}`, "Sequence"},
		{`{` + good + `,"Sequence":1,"Amount":"5","LastLedgerSequence":0}`, "leave it out"},
		{`{` + good + `,"Sequence":1,"Amount":"5","Memos":[]}`, "Memos"},
		{`{` + good + `,"Sequence":1,"Amount":"5","TxnSignature":"ABC"}`, "TxnSignature"},
		{`{` + good + `,"Amount":"5"}`, "needs the field Sequence"},
		{`{"TransactionType":"TrustSet"}`, "not known"},
		{`{"TransactionType":"AccountSet","DeliverMax":"5"}`, "Payments alone"},
		{`{}`, "needs the field TransactionType"}, {`null`, "null"}, {`[]`, "cannot unmarshal"}, {`"x"`, "cannot unmarshal"},
	} {
		var tx Transaction
		err := tx.UnmarshalJSON([]byte(c.text))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.text, err, c.want)
		}
		if c.want == "" && *tx.Amount != 5 {
			t.Errorf("%s reads as %+v", c.text, tx)
		}
	}
	if _, err := json.Marshal(&Transaction{Type: 99}); err == nil {
		t.Error("a type that is not known is written")
	}
}

func TestDropsOfXRPAreExact(t *testing.T) {
	for text, want := range map[string]Drops{
		"0.00001": 10, "1e-05": 10, "1E-5": 10, "0.2": 200_000, "1": 1_000_000, "10": 10_000_000, "2.5e+1": 25_000_000, "0": 0,
		"100000000000": MaxDrops, "1e11": MaxDrops,
	} {
		if got, err := dropsOfXRP(text); err != nil || got != want {
			t.Errorf("%s XRP are %v drops, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "-1", "0.0000001", "1e-7", "100000000000.000001", "1e12", "1e999999999", "1e-999999999", "NaN", "Inf", "1/2", "0x10", "1_0", "1p3", " 1",
		strings.Repeat("1", 50),
	} {
		if got, err := dropsOfXRP(text); err == nil {
			t.Errorf("%s XRP are %v drops", text, got)
		}
	}
}

func TestDropsAreBounded(t *testing.T) {
	if d, err := ParseDrops("100000000000000000"); err != nil || d != MaxDrops {
		t.Error(d, err)
	}
	for _, text := range []string{"100000000000000001", "18446744073709551615", "18446744073709551616", strings.Repeat("9", 1000)} {
		if d, err := ParseDrops(text); err == nil || len(err.Error()) > 200 {
			t.Errorf("%s is %v, %v", text, d, err)
		}
	}
	if text, err := json.Marshal(MaxDrops + 1); err == nil {
		t.Errorf("%s is written", text)
	}
}

func TestTimesCountFrom2000(t *testing.T) {
	for seconds, want := range map[uint32]string{0: "2000-01-01T00:00:00Z", 533171558: "2016-11-22T23:12:38Z", math.MaxUint32: "2136-02-07T06:28:15Z"} {
		at := Time(seconds)
		if got := at.Format(time.RFC3339); got != want || Seconds(at) != seconds {
			t.Errorf("%d is %s, and that is %d", seconds, got, Seconds(at))
		}
	}
	if Seconds(time.Unix(0, 0)) != 0 || Seconds(time.Unix(1<<40, 0)) != math.MaxUint32 {
		t.Error("a time that the ledger cannot write is another time")
	}
}
