package xrpl

import (
	"errors"
	"fmt"
)

// The faults that VerifySignature finds.
var (
	ErrUnsigned  = errors.New("transaction is not signed")
	ErrSignature = errors.New("signature of the transaction is wrong")
)

// Sign signs t, and returns what to submit and under which id the ledger will have it. It
// sets SigningPubKey and TxnSignature. It refuses a transaction that no ledger would take,
// and a signature that is wrong. It blocks as long as the signer does.
//
// Store the blob and the id before you submit: after a lost answer submit the same blob
// again. A second transaction could move the money twice.
func (t *Transaction) Sign(by Signer) (blob []byte, id Hash, err error) {
	signed := *t
	if blob, err = signed.sign(by); err != nil {
		return nil, Hash{}, fmt.Errorf("sign %v: %w", t.Type, err)
	}
	*t = signed
	return blob, TransactionID(blob), nil
}

func (t *Transaction) sign(by Signer) ([]byte, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	t.SigningPubKey = by.Public()
	data, err := t.signingData()
	if err != nil {
		return nil, err
	}
	if t.TxnSignature, err = by.Sign(data); err != nil {
		return nil, err
	}
	if err := t.VerifySignature(); err != nil {
		return nil, fmt.Errorf("what the signer returned: %w", err)
	}
	return t.encode(false)
}

// signingData returns the bytes that the account signs.
func (t *Transaction) signingData() ([]byte, error) {
	b, err := t.encode(true)
	if err != nil {
		return nil, err
	}
	return append(append([]byte{}, prefixSign...), b...), nil
}

// TransactionID returns the id of a serialised, signed transaction.
func TransactionID(blob []byte) Hash { return sha512Half(prefixID, blob) }

// VerifySignature checks that TxnSignature is of SigningPubKey over t. It cannot know whether
// that key may sign for the account: it may be the regular key, and only the ledger has that.
func (t *Transaction) VerifySignature() error {
	if t.TxnSignature == nil || t.SigningPubKey == (PublicKey{}) {
		return ErrUnsigned
	}
	data, err := t.signingData()
	if err != nil {
		return err
	}
	if !t.SigningPubKey.Verify(data, t.TxnSignature) {
		return ErrSignature
	}
	return nil
}
