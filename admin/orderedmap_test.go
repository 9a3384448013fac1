package admin_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/ilp-go/connector/admin"
)

func TestObjectKeepsItsOrder(t *testing.T) {
	for _, text := range []string{`{}`, `{"b":1}`, `{"b":1,"a":2,"c":3}`, `{"__proto__":1,"\"":2,"":3}`} {
		var o admin.OrderedMap[int]
		if err := json.Unmarshal([]byte(text), &o); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if again, err := json.Marshal(o); string(again) != text || err != nil {
			t.Errorf("%s became %s, %v", text, again, err)
		}
	}
}

func TestObjectIsRefusedWhenItIsSomethingElse(t *testing.T) {
	for _, text := range []string{`[]`, `1`, `"x"`, `{"a":"x"}`, `{"a":1`, `{"a"`, `{`, ``} {
		var o admin.OrderedMap[int]
		if err := json.Unmarshal([]byte(text), &o); err == nil {
			t.Errorf("%q is taken for %v", text, o)
		}
	}
}

func TestObjectFindsItsMembers(t *testing.T) {
	o := admin.OrderedMap[int]{{"a", 1}, {"b", 2}}
	if b, ok := o.Find("b"); b != 2 || !ok {
		t.Errorf("b is %d, %t", b, ok)
	}
	if c, ok := o.Find("c"); c != 0 || ok {
		t.Errorf("c is %d, %t", c, ok)
	}
}

func TestTimeIsWrittenAsJavaScriptDoes(t *testing.T) {
	zone := time.FixedZone("east", 3600)
	for want, moment := range map[string]time.Time{
		`"2026-11-22T11:21:14.000Z"`: time.Date(2026, 11, 22, 12, 21, 14, 0, zone),
		`"2026-11-22T11:21:14.700Z"`: time.Date(2026, 11, 22, 11, 21, 14, 700_999_999, time.UTC),
	} {
		if text, err := json.Marshal(admin.Time{Time: moment}); string(text) != want || err != nil {
			t.Errorf("%s, %v; want %s", text, err, want)
		}
	}
}
