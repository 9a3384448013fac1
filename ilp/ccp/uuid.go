package ccp

import "encoding/hex"

// UUID returns a routing table id as text: hex digits in groups of 8, 4, 4, 4 and 12
// (RFC 9562, section 4).
func UUID(id [16]byte) string {
	text := make([]byte, 0, 36)
	for i, group := range [][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:]} {
		if i > 0 {
			text = append(text, '-')
		}
		text = hex.AppendEncode(text, group)
	}
	return string(text)
}
