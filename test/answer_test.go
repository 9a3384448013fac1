package test

import (
	"crypto/sha256"
	"encoding/hex"
)

// answer is what a JavaScript account does with a request; the fields are those of peers/answers.js.
type answer struct {
	Do          string  `json:"do"`
	Preimage    string  `json:"preimage,omitempty"`
	Code        string  `json:"code,omitempty"`
	TriggeredBy string  `json:"triggeredBy,omitempty"`
	Name        string  `json:"name,omitempty"`
	Message     string  `json:"message,omitempty"`
	Data        string  `json:"data,omitempty"`
	Hex         string  `json:"hex,omitempty"`
	Entries     []entry `json:"entries,omitempty"`
	Then        *answer `json:"then,omitempty"`
}

// entry is one piece of BTP protocol data.
type entry struct {
	Name string `json:"name"`
	Type int    `json:"type"` // one of the content types below; more of them exist on the wire
	Hex  string `json:"hex"`
}

const (
	octets = 0
	text   = 1
	inJSON = 2
)

func rejects(code, triggeredBy, message, data string) answer {
	return answer{Do: "reject", Code: code, TriggeredBy: triggeredBy, Message: message, Data: data}
}

// silent is no answer at all, and wrong a fulfillment of some other packet.
var (
	silent = answer{Do: "silence"}
	wrong  = answer{Do: "fulfill", Preimage: hexOf(make([]byte, 32))}
)

// with fills in the preimage where a fulfill has none; a fulfill that shall be wrong has its own.
func (a answer) with(preimage string) answer {
	if a.Do == "" {
		a.Do = "fulfill"
	}
	if a.Do == "fulfill" && a.Preimage == "" {
		a.Preimage = preimage
	}
	if a.Then != nil {
		then := a.Then.with(preimage)
		a.Then = &then
	}
	return a
}

// preimageOf is the preimage of the packets with this label, in hex.
func preimageOf(label string) string {
	sum := sha256.Sum256([]byte(label))
	return hex.EncodeToString(sum[:])
}

// conditionOf is the hash of a preimage, both in hex.
func conditionOf(preimage string) string {
	raw, err := hex.DecodeString(preimage)
	if err != nil {
		panic(err) // preimages are made here
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}
