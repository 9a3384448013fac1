package ilp

import "testing"

func BenchmarkParsePrepare(b *testing.B) {
	d := draft()
	d.Data = make([]byte, 100)
	packet := d.Append(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParsePrepare(packet); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSetExpiry(b *testing.B) {
	d := draft()
	p, err := ParsePrepare(d.Append(nil))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		p.SetExpiry(p.Expiry() + 1)
	}
}

func BenchmarkParseReply(b *testing.B) {
	r, f := plainReject(), Fulfill{Data: make([]byte, 100)}
	for name, packet := range map[string][]byte{"fulfill": f.Append(nil), "reject": r.Append(nil)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseReply(packet); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
