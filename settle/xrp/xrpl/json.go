package xrpl

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/ilp-go/connector/clip"
)

// MarshalJSON writes t as servers do in tx_json. What it writes is the same for the same t.
func (t *Transaction) MarshalJSON() ([]byte, error) {
	present, err := t.present()
	if err != nil {
		return nil, err
	}
	object := make(map[string]any, len(present)) // written in the order of the names
	for _, f := range present {
		object[f.name] = f.place(t)
	}
	return json.Marshal(object)
}

// UnmarshalJSON reads a transaction as servers write it in tx_json. It is as strict as
// Decode. It passes over what a server adds, whose names begin in lower case, such as date.
func (t *Transaction) UnmarshalJSON(text []byte) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil {
		return err
	}
	if object == nil {
		return errors.New("transaction is null")
	}
	if err := sameAmount(object); err != nil {
		return err
	}
	if string(object["SigningPubKey"]) == `""` { // of a transaction that is not signed yet
		delete(object, "SigningPubKey")
	}
	var read Transaction
	seen := make(map[string]bool)
	for name, value := range object {
		if name != "" && name[0] >= 'a' && name[0] <= 'z' {
			continue
		}
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
		if i < 0 {
			return fmt.Errorf("transaction has a field that is not known, %q", clip.UTF8(name, 40))
		}
		if string(value) == "null" {
			return fmt.Errorf("%s is null", name)
		}
		if err := json.Unmarshal(value, fields[i].place(&read)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		seen[name] = true
	}
	read.NoFlags = !seen["Flags"]
	if err := read.lawful(seen); err != nil {
		return err
	}
	*t = read
	return nil
}

// sameAmount turns DeliverMax, the name of Amount in Payments of API version 2, into
// Amount. It refuses two that differ.
func sameAmount(object map[string]json.RawMessage) error {
	most, ok := object["DeliverMax"]
	if !ok {
		return nil
	}
	if amount, ok := object["Amount"]; ok && string(amount) != string(most) {
		return errors.New("fields Amount and DeliverMax differ")
	}
	if string(object["TransactionType"]) != `"Payment"` {
		return errors.New("field DeliverMax is of Payments alone")
	}
	object["Amount"] = most
	delete(object, "DeliverMax")
	return nil
}
