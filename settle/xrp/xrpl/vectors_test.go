package xrpl

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
)

// vectors is what the JavaScript packages of the ledger make; testdata/vectors/vectors.js
// writes it.
type vectors struct {
	Keys []struct {
		Secret, PublicBase58 string
		PublicKey            PublicKey
		Address              AccountID
	}
	Claims []struct {
		Secret             string
		Channel            Hash
		Drops              Drops
		Message, Signature Bytes
	}
	Signatures []struct {
		Secret             string
		Message, Signature Bytes
	}
	Channels []struct {
		Owner, Destination AccountID
		Sequence           uint32
		ID                 Hash
	}
	ChannelKeys []struct {
		Secret, Peer       string
		PublicKey          PublicKey
		Message, Signature Bytes
	}
	Transactions []transactionVector
	Refused      []struct {
		Why  string
		JSON json.RawMessage `json:"tx_json"`
		Blob Bytes           `json:"tx_blob"`
	}
}

type transactionVector struct {
	Secret string
	JSON   json.RawMessage `json:"tx_json"`
	Data   Bytes           `json:"signing_data"`
	Blob   Bytes           `json:"tx_blob"`
	Hash   Hash
}

func readVectors(t testing.TB) (v vectors) {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Keys) < 40 || len(v.Claims) < 80 || len(v.Signatures) < 40 || len(v.Channels) < 40 ||
		len(v.ChannelKeys) < 40 || len(v.Transactions) < 200 || len(v.Refused) < 15 {
		t.Fatal("vectors are missing")
	}
	return v
}

func key(t testing.TB, secret string) Key {
	t.Helper()
	seed, err := ParseSeed(secret)
	if err != nil {
		t.Fatal(err)
	}
	return seed.Key()
}

func TestKeysAreThoseOfTheLedger(t *testing.T) {
	for _, v := range readVectors(t).Keys {
		seed, err := ParseSeed(v.Secret)
		if err != nil || seed.Reveal() != v.Secret {
			t.Fatalf("seed %s reads as %s, %v", v.Secret, seed.Reveal(), err)
		}
		public := seed.Key().Public()
		if public != v.PublicKey || public.Account() != v.Address {
			t.Errorf("%s has the key %v of %v, want %v of %v", v.Secret, public, public.Account(), v.PublicKey, v.Address)
		}
		for _, text := range []string{v.PublicBase58, public.String(), strings.ToLower(public.String())} {
			if got, err := ParsePublicKey(text); err != nil || got != public {
				t.Errorf("%s reads as %v, %v", text, got, err)
			}
		}
	}
}

func TestClaimsAreThoseOfTheLedger(t *testing.T) {
	for _, v := range readVectors(t).Claims {
		k := key(t, v.Secret)
		message := ClaimMessage(v.Channel, v.Drops)
		if string(message[:]) != string(v.Message) {
			t.Errorf("claim of %v on %v is %X, want %v", v.Drops, v.Channel, message, v.Message)
		}
		checkSignature(t, k, v.Message, v.Signature)
		other := ClaimMessage(v.Channel, v.Drops+1)
		if k.Public().Verify(other[:], v.Signature) {
			t.Errorf("the claim of %v is one of more, too", v.Drops)
		}
	}
}

func TestSignaturesAreThoseOfTheLedger(t *testing.T) {
	for _, v := range readVectors(t).Signatures {
		checkSignature(t, key(t, v.Secret), v.Message, v.Signature)
	}
}

// checkSignature holds that the key makes exactly this signature, and takes it.
func checkSignature(t *testing.T, k Key, message, want []byte) {
	t.Helper()
	got, err := k.Sign(message)
	if err != nil || string(got) != string(want) {
		t.Errorf("%v signs %X with %X, %v, want %X", k.Public(), message, got, err, want)
	}
	if !k.Public().Verify(message, want) {
		t.Errorf("%v does not verify %X", k.Public(), want)
	}
	for i := 0; i < len(want); i += 9 {
		wrong := append([]byte{}, want...)
		wrong[i] ^= 1
		if k.Public().Verify(message, wrong) {
			t.Errorf("%v verifies %X, which differs in byte %d", k.Public(), wrong, i)
		}
	}
}

func TestChannelsAreThoseOfTheLedger(t *testing.T) {
	for _, v := range readVectors(t).Channels {
		if id := ChannelID(v.Owner, v.Destination, v.Sequence); id != v.ID {
			t.Errorf("channel %v > %v %d is %v, want %v", v.Owner, v.Destination, v.Sequence, id, v.ID)
		}
	}
}

func TestChannelKeysAreThoseOfThePlugin(t *testing.T) {
	for _, v := range readVectors(t).ChannelKeys {
		k := ChannelKey(v.Secret, v.Peer)
		if k.Public() != v.PublicKey {
			t.Errorf("the key to %v is %v, want %v", v.Peer, k.Public(), v.PublicKey)
		}
		checkSignature(t, k, v.Message, v.Signature)
	}
	// One that was read off the plugin.
	k := ChannelKey("sahNtietWCRzmX7Z2Zy7Z3EsvFDjv", "rKwCnwtM6et7BVaCZm97hbU8oXkoohReea")
	if got := k.Public().String(); got != "ED9BE8997EFFA0A6C6FE9244D0FF8B47D7BEE85A7AF2BC8390FA29474A6D085164" {
		t.Errorf("the plugin's key is %s", got)
	}
	owner, peer := key(t, "sahNtietWCRzmX7Z2Zy7Z3EsvFDjv").Public().Account(), mustAddress(t, "rKwCnwtM6et7BVaCZm97hbU8oXkoohReea")
	id := ChannelID(owner, peer, 7)
	if owner.String() != "ra3h9tzcipHTZCdQesMthfx4iBZNEEuHXG" || id.String() != "9AA654DF5E98CEEBF2C42EE54C0CC60915F74FEDC5710C33071CD553644C465F" {
		t.Errorf("the plugin's channel is %v of %v", id, owner)
	}
	message := ClaimMessage(id, 1500000)
	want := Bytes{}
	if err := want.UnmarshalText([]byte("718ae2c8eede52c4d3c84636e8b2e0a3546773d9cd09ae025b7f79a2c49dce2471f87d93e85be904f60d77388f497d82282cd9469647c760de8f7f345da28109")); err != nil {
		t.Fatal(err)
	}
	checkSignature(t, k, message[:], want)
}

func mustAddress(t testing.TB, text string) AccountID {
	t.Helper()
	a, err := ParseAddress(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestTransactionsAreThoseOfTheLedger(t *testing.T) {
	signed := 0
	for _, v := range readVectors(t).Transactions {
		tx, err := Decode(v.Blob)
		if err != nil {
			t.Fatalf("%s: %v", v.JSON, err)
		}
		var read Transaction
		if err := json.Unmarshal(v.JSON, &read); err != nil || !reflect.DeepEqual(&read, tx) {
			t.Errorf("%s reads as %+v, %v, and its blob as %+v", v.JSON, read, err, tx)
		}
		if text, err := json.Marshal(tx); err != nil || !sameJSON(t, text, v.JSON) {
			t.Errorf("%+v is written as %s, %v, want %s", tx, text, err, v.JSON)
		}
		if blob, err := tx.encode(false); err != nil || string(blob) != string(v.Blob) || TransactionID(blob) != v.Hash {
			t.Errorf("%s is %X, %v, want %v", v.JSON, blob, err, v.Blob)
		}
		if data, err := tx.signingData(); err != nil || string(data) != string(v.Data) {
			t.Errorf("%s signs %X, %v, want %v", v.JSON, data, err, v.Data)
		}
		if err := tx.VerifySignature(); err != nil {
			t.Errorf("%s: %v", v.JSON, err)
		}
		again := *tx
		again.SigningPubKey, again.TxnSignature = PublicKey{}, nil
		blob, id, err := again.Sign(key(t, v.Secret))
		if err != nil {
			continue // what the codec takes and a ledger never would; sign_test.go has such
		}
		signed++
		if string(blob) != string(v.Blob) || id != v.Hash || !reflect.DeepEqual(&again, tx) {
			t.Errorf("%s is signed as %X", v.JSON, blob)
		}
	}
	if signed < 150 {
		t.Errorf("only %d of the transactions were signed", signed)
	}
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	if err := json.Unmarshal(a, &x); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &y); err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(x, y)
}

func TestWhatWeDoNotKnowIsRefused(t *testing.T) {
	for _, v := range readVectors(t).Refused {
		if tx, err := Decode(v.Blob); err == nil || tx != nil {
			t.Errorf("%s: blob is taken: %+v", v.Why, tx)
		}
		var tx Transaction
		if err := json.Unmarshal(v.JSON, &tx); err == nil {
			t.Errorf("%s: JSON is taken: %+v", v.Why, tx)
		}
	}
}
