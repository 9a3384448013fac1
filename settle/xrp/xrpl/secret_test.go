package xrpl

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretsAreNeverPrinted(t *testing.T) {
	for _, secret := range []string{"snoPBrXtMeMyMHUVTgbuqAfg1SUTb", "sEdTM1uX8pu2do5XvTnutH6HsouMaM2"} {
		seed, err := ParseSeed(secret)
		if err != nil {
			t.Fatal(err)
		}
		k, entropy := seed.Key(), seed.secret().entropy
		type nested struct {
			seed Seed
			key  Key
			S    *Seed
			K    []Key
			m    map[string]Seed
		}
		n := nested{seed, k, &seed, []Key{k}, map[string]Seed{"a": seed}}
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			for _, value := range []any{seed, &seed, k, &k, n, &n, []any{seed, k}} {
				fmt.Fprintf(&out, verb+"\n", value)
			}
		}
		fmt.Fprintln(&out, seed.String(), seed.GoString(), k.String(), k.GoString())
		log := slog.New(slog.NewTextHandler(&out, nil))
		log.Info("text", "seed", seed, "key", k, "nested", n)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "seed", seed, "key", k, "nested", n)
		if text, err := json.Marshal(map[string]any{"seed": seed}); err == nil {
			t.Errorf("a seed is written as %s", text)
		}
		text, _ := json.Marshal(k)
		out.Write(text)

		secrets := []string{secret, hex.EncodeToString(entropy[:]), fmt.Sprint(entropy[:]), fmt.Sprint(entropy[:3])}
		if p := k.private().secp256k1; p != nil {
			secrets = append(secrets, hex.EncodeToString(p.Serialize()))
		} else {
			secrets = append(secrets, hex.EncodeToString(k.private().ed25519[:32]), fmt.Sprint([]byte(k.private().ed25519[:4])))
		}
		for _, s := range secrets {
			s = strings.Trim(s, "[]")
			if strings.Contains(strings.ToLower(out.String()), strings.ToLower(s)) {
				t.Errorf("%q is printed:\n%s", s, &out)
			}
		}
	}
}

func TestSeedsAreChecked(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "length",
		"snoPBrXtMeMyMHUVTgbuqAfg1SUTc":      "checksum",
		"snoPBrXtMeMyMHUVTgbuqAfg1SUT":       "checksum",
		"sEdTM1uX8pu2do5XvTnutH6HsouMaM":     "checksum",
		"rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh": "is an address",
		"masterpassphrase":                   "family seed",
		"DEDCE9CE67B451D852FD4E846FCDE31C":   "family seed",
	} {
		if _, err := ParseSeed(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestZeroKeyCannotSign(t *testing.T) {
	if _, err := (Seed{}).Key().Sign([]byte("message")); err == nil {
		t.Error("the zero key signs")
	}
	if (PublicKey{}).Verify(nil, nil) || (Seed{}).Reveal() != "" {
		t.Error("the zero values are something")
	}
}
