package xrpl

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestBase58ComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		version := rapid.SliceOfN(rapid.Byte(), 1, 3).Draw(t, "version")
		payload := rapid.SliceOfN(rapid.Byte(), 1, 33).Draw(t, "payload")
		text := encode58(version, payload)
		got, err := decode58(text, version, len(payload))
		if err != nil || !bytes.Equal(got, payload) {
			t.Fatalf("%x is %s, which reads as %x, %v", payload, text, got, err)
		}
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		other := text[:at] + string(rapid.SampledFrom([]byte(alphabet)).Draw(t, "digit")) + text[at+1:]
		if got, err := decode58(other, version, len(payload)); other != text && err == nil {
			t.Fatalf("%s reads as %x", other, got)
		}
	})
}

func TestAddressesAreChecked(t *testing.T) {
	const good = "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"
	for text, want := range map[string]string{
		good:                                 "",
		"rrrrrrrrrrrrrrrrrrrrrhoLvTp":        "", // the account with the id 0
		good[:len(good)-1]:                   "checksum",
		good + "h":                           "checksum",
		"r" + good:                           "checksum",
		"":                                   "length",
		"r":                                  "length",
		"rHb9CJAWyB4rj91VRWn96DkukG4bwdty0":  "alphabet",
		"rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTH": "checksum",
		"rHb9CJAWyB4rj91VRWn96DkukG4bwdtyT ": "alphabet",
		"X7AcgcsBL6XDcUb289X4mJ8djcdyKaB5hJDWMArnXr61cqZ": "X-address",
		"snoPBrXtMeMyMHUVTgbuqAfg1SUTb":                   "never the secret",
		"g.example":                                       "must be an address",
		"rabbit ring rope":                                "must be an address",
		strings.Repeat("r", 1<<20):                        "length",
	} {
		a, err := ParseAddress(text)
		switch {
		case want == "" && (err != nil || a.String() != text):
			t.Errorf("%s reads as %v, %v", text, a, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 200):
			t.Errorf("%.60s: %v, want %q", text, err, want)
		case strings.HasPrefix(want, "never") || strings.HasPrefix(want, "must"):
			if strings.Contains(err.Error(), text) {
				t.Errorf("what may be a secret is in the error %v", err)
			}
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, v := range readVectors(f).Keys {
		f.Add(v.Address.String())
	}
	f.Add("rrrrrrrrrrrrrrrrrrrrrhoLvTp")
	f.Fuzz(func(t *testing.T, text string) {
		if a, err := ParseAddress(text); err == nil && a.String() != text {
			t.Errorf("%q reads as %v", text, a)
		}
		if k, err := ParsePublicKey(text); err == nil && !strings.EqualFold(k.String(), text) && encode58(publicVersion, k[:]) != text {
			t.Errorf("%q reads as %v", text, k)
		}
	})
}

func FuzzParseSeed(f *testing.F) {
	for _, v := range readVectors(f).Keys {
		f.Add(v.Secret)
		f.Add(v.Address.String())
	}
	f.Fuzz(func(t *testing.T, text string) {
		seed, err := ParseSeed(text)
		if err == nil && seed.Reveal() != text {
			t.Errorf("%q reads as %s", text, seed.Reveal())
		}
		if err != nil && len(text) > 8 && strings.Contains(err.Error(), text) {
			t.Errorf("the error repeats what may be a secret: %v", err)
		}
	})
}
