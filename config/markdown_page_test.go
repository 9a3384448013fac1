package config

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
)

// The prose around the settings, and its examples.
var (
	//go:embed doc/intro.md
	docIntro string
	//go:embed doc/btp.md
	docBTP string
	//go:embed doc/miniaccounts.md
	docMiniAccounts string
	//go:embed doc/http.md
	docHTTP string
	//go:embed doc/xrp.md
	docXRP string
	//go:embed doc/example.json
	exampleJSON string
	//go:embed doc/example.yaml
	exampleYAML string
	//go:embed doc/secrets.yaml
	exampleSecrets string
)

// markdown returns the text of docs/configuration.md: how to write a configuration, and
// every setting in the order of the schema.
func markdown() []byte {
	var out strings.Builder
	intro := strings.NewReplacer(
		"{{example.json}}", strings.TrimSpace(exampleJSON),
		"{{example.yaml}}", strings.TrimSpace(exampleYAML),
		"{{secrets.yaml}}", strings.TrimSpace(exampleSecrets),
	).Replace(docIntro)
	out.WriteString(strings.TrimSpace(intro) + "\n\n## Settings\n")
	for _, s := range settings().properties {
		out.WriteByte('\n')
		writeSetting(&out, s)
	}
	out.WriteString("\n" + strings.TrimSpace(docBTP) + "\n")
	out.WriteString("\n" + strings.TrimSpace(docMiniAccounts) + "\n")
	out.WriteString("\n" + strings.TrimSpace(docHTTP) + "\n")
	out.WriteString("\n" + strings.TrimSpace(docXRP) + "\n")
	return []byte(out.String())
}

// writeSetting writes the section of one setting.
func writeSetting(out *strings.Builder, s *setting) {
	fmt.Fprintf(out, "### `%s`\n\n", s.name)
	fmt.Fprintf(out, "- Variable: `%s`\n", s.variable())
	if s.reference {
		fmt.Fprintf(out, "- Variable of its file: `%s`\n", s.fileVariable())
		fmt.Fprintf(out, "- Type: %s, or a [reference](#secrets)\n", s.kind)
	} else {
		fmt.Fprintf(out, "- Type: %s\n", s.kind)
	}
	switch {
	case s.required:
		out.WriteString("- Required\n")
	case s.fallback != nil:
		fmt.Fprintf(out, "- Default: `%s`\n", literal(s.fallback))
	}
	if allowed := s.documented(); allowed != "" {
		fmt.Fprintf(out, "- Allowed: %s\n", allowed)
	}
	if s.reload {
		out.WriteString("- Changes with a [reload](operations.md#reload-the-configuration)\n")
	} else {
		out.WriteString("- Changes with a restart\n")
	}
	if s.secret {
		out.WriteString("- Secret: its value is never shown or logged\n")
	}
	fmt.Fprintf(out, "\n%s\n", s.description)
	if s.each == nil && s.properties == nil {
		return
	}
	out.WriteString("\n| Key | Type | Default | Allowed | Meaning |\n|---|---|---|---|---|\n")
	for _, p := range s.properties {
		writeRow(out, p.name, p)
		writeRows(out, p.name, p)
	}
	if s.each == nil {
		return
	}
	prefix := "*"
	if s.kind == "array" {
		prefix = "[]"
	}
	if len(s.each.properties) == 0 {
		writeRow(out, prefix, s.each)
	}
	writeRows(out, prefix, s.each)
}

// writeRows writes a line for each key inside s, followed by the keys inside that.
func writeRows(out *strings.Builder, prefix string, s *setting) {
	for _, p := range s.properties {
		key := prefix + "." + p.name
		writeRow(out, key, p)
		writeRows(out, key, p)
	}
}

func writeRow(out *strings.Builder, key string, s *setting) {
	fallback := ""
	switch {
	case s.required:
		fallback = "required"
	case s.fallback != nil && len(s.properties) == 0:
		fallback = "`" + literal(s.fallback) + "`"
	}
	fmt.Fprintf(out, "| `%s` | %s | %s | %s | %s |\n", key, s.kind, fallback, s.documented(), s.description)
}

// documented returns what the schema allows, with names as code.
func (s *setting) documented() string {
	if len(s.enum) == 0 && s.allowed != "" {
		return s.allowed
	}
	if len(s.enum) > 0 {
		names := make([]string, len(s.enum))
		for i, name := range s.enum {
			names[i] = "`" + name + "`"
		}
		return oneOf(names)
	}
	return s.allows()
}

// literal returns a default in JSON.
func literal(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("config: default: %v", err))
	}
	return string(text)
}
