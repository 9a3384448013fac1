package miniaccounts_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/ilp-go/connector/link/miniaccounts"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/memory"
)

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// A client of the npm plugin has its name and its token here, too.
func TestFormerTokensAreOurs(t *testing.T) {
	kept := memory.New(slog.New(slog.DiscardHandler))
	for key, value := range map[string]string{
		"carol:hashed-token":                `"` + hashOf("of carol") + `"`,
		"dave:token":                        `"of dave"`,
		hashOf("of erin") + ":hashed-token": `"` + hashOf("of erin") + `"`,
	} {
		f, err := miniaccounts.ReadFormer(key, []byte(value))
		if err != nil {
			t.Fatal(key, err)
		}
		ours, same, err := f.Value(nil)
		if err != nil || same {
			t.Fatal(key, same, err)
		}
		if err := kept.Apply(store.Batch{{Key: f.Key(), Value: ours}}); err != nil {
			t.Fatal(err)
		}
		if again, same, err := f.Value(ours); !same || err != nil || string(again) != string(ours) {
			t.Errorf("%s: the same again is %q, %v, %v", key, again, same, err)
		}
	}
	s := miniaccounts.New(miniaccounts.Options{})
	if err := s.Keep(kept); err != nil {
		t.Fatal(err)
	}
	for user, token := range map[string]string{"carol": "of carol", "dave": "of dave", "": "of erin"} {
		if err := s.LoginStill(user, token); err != nil {
			t.Errorf("%q is refused: %v", user, err)
		}
		if err := s.LoginStill(user, token+"!"); err == nil {
			t.Errorf("%q gets in with another token", user)
		}
	}
}

func TestFormerKeepsAClientBlocked(t *testing.T) {
	f, err := miniaccounts.ReadFormer("carol:hashed-token", []byte(`"`+hashOf("new")+`"`))
	if err != nil {
		t.Fatal(err)
	}
	value, same, err := f.Value([]byte(hashOf("old") + " blocked"))
	if err != nil || same || string(value) != hashOf("new")+" blocked" {
		t.Errorf("got %q, %v, %v", value, same, err)
	}
	if _, same, err := f.Value([]byte(hashOf("new") + " blocked")); !same || err != nil {
		t.Errorf("the same token of a blocked client: %v, %v", same, err)
	}
	if _, _, err := f.Value([]byte("x")); err == nil || !strings.Contains(err.Error(), "client carol") {
		t.Error(err)
	}
}

func TestWhatIsNoFormerTokenIsRefused(t *testing.T) {
	good := `"` + hashOf("x") + `"`
	for key, c := range map[string]struct{ value, err string }{
		"carol":                {good, miniaccounts.ErrNoToken.Error()},
		"carol:hashed-token2":  {good, miniaccounts.ErrNoToken.Error()},
		":hashed-token":        {good, "not one segment"},
		"a.b:hashed-token":     {good, "not one segment"},
		"a b:token":            {good, "not one segment"},
		"carol:hashed-token":   {`"s3cret"`, "no SHA-256"},
		"carol2:hashed-token":  {`{"a":1}`, "no text"},
		"carol3:token":         {`""`, "no text"},
		"carol:x:hashed-token": {good, "not one segment"},
		strings.Repeat("n", miniaccounts.NameMax+1) + ":hashed-token": {good, "not one segment"},
	} {
		_, err := miniaccounts.ReadFormer(key, []byte(c.value))
		if err == nil || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%.40s: %v", key, err)
		}
		if is := errors.Is(err, miniaccounts.ErrNoToken); is != (c.err == miniaccounts.ErrNoToken.Error()) {
			t.Errorf("%.40s: ErrNoToken is %v", key, is)
		}
	}
}
