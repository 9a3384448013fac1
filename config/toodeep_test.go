package config

import (
	"strings"
	"testing"
)

// The options of an account are nested deeper inside the whole than on their own.
func TestAnAccountThatIsTooDeepInsideTheWholeIsAFault(t *testing.T) {
	c, _ := mustParse(t, "ilpAddress: test.me\naccounts: {}\n")
	for levels := range depthMax {
		options := strings.Repeat(`{"a":`, levels) + "1" + strings.Repeat("}", levels)
		a, _, err := ParseAccount("eve", []byte(`{"relation":"peer","plugin":"other-plugin","assetCode":"USD","assetScale":9,"options":{"a":`+options+`}}`), Known{})
		if err != nil {
			continue
		}
		whole := *c
		whole.Accounts = Accounts{a}
		_, _, err = whole.Validate(Known{})
		if deep := levels+4 > depthMax; deep != (err != nil && strings.Contains(err.Error(), "nested too deeply")) {
			t.Errorf("%d levels: %v", levels, err)
		}
	}
}
