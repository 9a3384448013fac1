package config

import (
	"crypto/hmac"
	"crypto/sha256"
)

// Fingerprint returns a digest of all that c says, with its secrets and its references. It tells
// nothing of them without the key.
func (c *Config) Fingerprint(key []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(encoded(c))
	mac.Write(encoded(c.reveal()))
	return mac.Sum(nil)
}
