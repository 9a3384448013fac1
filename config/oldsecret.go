package config

import (
	"time"
)

// readOldSecret reads the secret from before a rotation, the zero OldSecret if there is none. It
// is an object with the secret, under the name given, and the time until which it is good.
func readOldSecret(in *optionReader, key, name string) (old OldSecret) {
	inner, ok := in.object(key)
	if !ok {
		return old
	}
	old.Secret = inner.text(name)
	until := inner.text("until")
	inner.done()
	hint := "write until when the old one is good, such as 2026-12-31T12:00:00Z, or remove " + key
	var err error
	switch old.Until, err = time.Parse(time.RFC3339, until); {
	case old.Secret == "":
		inner.fault(name, "is not set", "write the secret from before, or remove "+key)
	case until == "":
		inner.fault("until", "is not set", hint)
	case err != nil:
		inner.fault("until", "is no time with a date and a zone", hint)
	case len(old.Secret) > secretMax:
		inner.fault(name, "is longer than the first message of a peer can be", secretHint)
	}
	return old
}

// checkOldSecret warns of an old secret that changes nothing.
func checkOldSecret(in *optionReader, key, secret string, old OldSecret) {
	if old.Secret != "" && old.Secret == secret {
		in.warn(key, "is the present secret, so that it has no effect", "remove it")
	}
}
