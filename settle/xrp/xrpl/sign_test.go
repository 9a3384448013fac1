package xrpl

import (
	"errors"
	"strings"
	"testing"
)

func payment(t testing.TB) *Transaction {
	return &Transaction{
		Type: Payment, Account: mustAddress(t, "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"), Sequence: 7, Fee: 10, LastLedgerSequence: 100,
		Destination: mustAddress(t, "rKwCnwtM6et7BVaCZm97hbU8oXkoohReea"), Amount: new(Drops(1000)),
	}
}

func TestSignRefusesWhatNoLedgerTakes(t *testing.T) {
	k := key(t, "snoPBrXtMeMyMHUVTgbuqAfg1SUTb")
	for want, spoil := range map[string]func(*Transaction){
		"":                               func(*Transaction) {},
		"Sequence must be":               func(t *Transaction) { t.Sequence = 0 },
		"with a TicketSequence":          func(t *Transaction) { t.TicketSequence = 3 },
		"NetworkID 1024":                 func(t *Transaction) { t.NetworkID = 1024 },
		"NoFlags":                        func(t *Transaction) { t.NoFlags, t.Flags = true, 1 },
		"Amount must be above 0":         func(t *Transaction) { t.Amount = new(Drops(0)) },
		"needs the field Amount":         func(t *Transaction) { t.Amount = nil },
		"Balance must be above 0":        func(t *Transaction) { t.Balance = new(Drops(0)) },
		"has no field Balance":           func(t *Transaction) { t.Balance = new(Drops(1)) },
		"has no field Channel":           func(t *Transaction) { t.Channel[0] = 1 },
		"Destination is missing":         func(t *Transaction) { t.Destination = AccountID{} },
		"Destination must be":            func(t *Transaction) { t.Destination = t.Account },
		"Amount: amount 100000000000000": func(t *Transaction) { t.Amount = new(MaxDrops + 1) },
		"Fee: amount 100000000000000001": func(t *Transaction) { t.Fee = MaxDrops + 1 },
		"transaction type 99":            func(t *Transaction) { t.Type = 99 },
		"Domain has 257 bytes": func(t *Transaction) {
			*t = Transaction{Type: AccountSet, Account: t.Account, Sequence: 1, Domain: make(Bytes, 257)}
		},
		"Channel is missing": func(t *Transaction) {
			*t = Transaction{Type: PaymentChannelClaim, Account: t.Account, Sequence: 1}
		},
		"Signature needs PublicKey": func(t *Transaction) {
			*t = Transaction{Type: PaymentChannelClaim, Account: t.Account, Sequence: 1, Channel: Hash{1}, Balance: new(Drops(1)), Signature: Bytes{1}}
		},
		"both renew and close": func(t *Transaction) {
			*t = Transaction{Type: PaymentChannelClaim, Account: t.Account, Sequence: 1, Channel: Hash{1}, Flags: FlagRenew | FlagClose}
		},
	} {
		tx := payment(t)
		spoil(tx)
		before := *tx
		blob, _, err := tx.Sign(k)
		if want == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) || blob != nil {
			t.Errorf("want %q, got %v", want, err)
		}
		if tx.TxnSignature != nil || tx.SigningPubKey != before.SigningPubKey {
			t.Errorf("%s: the refused transaction was changed", want)
		}
	}
}

// badSigner stands for a device that fails, or signs something else.
type badSigner struct {
	Key
	err       error
	signature []byte
}

func (s badSigner) Sign([]byte) ([]byte, error) { return s.signature, s.err }

func TestSignRefusesAWrongSignature(t *testing.T) {
	k := key(t, "snoPBrXtMeMyMHUVTgbuqAfg1SUTb")
	away := errors.New("the device is away")
	for _, c := range []struct {
		signer badSigner
		want   error
	}{
		{badSigner{Key: k, err: away}, away},
		{badSigner{Key: k, signature: make([]byte, 70)}, ErrSignature},
		{badSigner{Key: k}, ErrUnsigned},
		{badSigner{signature: make([]byte, 64)}, ErrUnsigned},
	} {
		tx := payment(t)
		if blob, _, err := tx.Sign(c.signer); !errors.Is(err, c.want) || blob != nil || tx.TxnSignature != nil {
			t.Errorf("%v, want %v", err, c.want)
		}
	}
}

func TestVerifySignatureCoversAllButTheClaim(t *testing.T) {
	k := key(t, "snoPBrXtMeMyMHUVTgbuqAfg1SUTb")
	tx := payment(t)
	if err := tx.VerifySignature(); !errors.Is(err, ErrUnsigned) {
		t.Errorf("unsigned: %v", err)
	}
	if _, _, err := tx.Sign(k); err != nil {
		t.Fatal(err)
	}
	*tx.Amount++
	if err := tx.VerifySignature(); !errors.Is(err, ErrSignature) {
		t.Errorf("another amount: %v", err)
	}
	claim := &Transaction{
		Type: PaymentChannelClaim, Account: tx.Account, Sequence: 1, Fee: 10, Channel: Hash{1},
		Balance: new(Drops(5)), PublicKey: new(k.Public()), Signature: Bytes{1, 2, 3},
	}
	if _, _, err := claim.Sign(k); err != nil {
		t.Fatal(err)
	}
	claim.Signature = Bytes{4} // npm ripple-binary-codec: isSigningField is false
	if err := claim.VerifySignature(); err != nil {
		t.Errorf("another claim: %v", err)
	}
}
