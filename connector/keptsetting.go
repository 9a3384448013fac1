package connector

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/store"
)

// keptSetting is the change of a setting beside the accounts, which a reload could change.
type keptSetting struct {
	// Base is the digest of the value that the configuration declares.
	Base string `json:"base"`
	// Value is the setting as it is now.
	Value json.RawMessage `json:"value"`
	At    time.Time       `json:"at"`
	By    string          `json:"by,omitempty"`
}

// settingKey is the name of a setting among those that are discarded: no account has a slash.
func settingKey(name string) string { return "/" + name }

// digestOf returns the digest of a value in JSON.
func digestOf(value []byte) string {
	sum := sha256.Sum256(value)
	return hex.EncodeToString(sum[:])
}

// mac returns a keyed digest of a text.
func mac(key, text []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write(text)
	return m.Sum(nil)
}

// keepSetting returns what the store has to hold when a setting is as in now.
func (c *Connector) keepSetting(name string, now *config.Config, by audit.By) store.Change {
	c.discarded.Delete(settingKey(name))
	declared, value := c.declared.Load().Setting(name), now.Setting(name)
	if bytes.Equal(declared, value) {
		return store.Change{Key: keptSettings + name}
	}
	return keptChange(keptSettings+name, keptSetting{Base: digestOf(declared), Value: value, At: time.Now().UTC(), By: by.Remote})
}

const alertKeptSetting = "the setting %s was changed at %s while the connector ran, and is as configured because that does not fit " +
	"the configuration any more: %v; mend the configuration, or discard the change with 'ilp-connector config discard --setting %s'"

// applyKeptSettings makes the settings those that operators have left. It returns what the store
// has to forget, as applyKept does.
func (c *Connector) applyKeptSettings() (outdated store.Batch, err error) {
	kept, err := readKept[keptSetting](c.store, keptSettings)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(kept)) {
		k := kept[name]
		declared := c.cfg().Setting(name)
		if k.Base != digestOf(declared) {
			outdated = append(outdated, store.Change{Key: keptSettings + name})
			c.settingFits(name)
			if bytes.Equal(declared, k.Value) {
				c.log.Info("the configuration says now what was changed of a setting while the connector ran", "setting", name, "changed", k.At)
			} else {
				c.log.Warn("the configuration of a setting was edited since it was changed while the connector ran; the configuration counts",
					"setting", name, "changed", k.At)
			}
			continue
		}
		next, err := c.cfg().With(name, k.Value)
		if err == nil {
			err = c.checkWhole(next, nil)
		}
		if err != nil {
			c.log.Error("a change of a setting cannot be made again, so it is as configured", "setting", name, "error", err)
			c.leftOut.Store(settingKey(name), err.Error())
			c.alerts.RaiseKind(time.Now(), "", kindKeptChange+" of "+name, fmt.Sprintf(alertKeptSetting, name, k.At.Format(time.RFC3339), err, name))
			continue
		}
		c.settingFits(name)
		c.conf.Store(next)
	}
	c.useSettings()
	return outdated, nil
}

// settingFits ends what is said of a setting whose change could not be made.
func (c *Connector) settingFits(name string) {
	c.leftOut.Delete(settingKey(name))
	c.alerts.Resolve(time.Now(), "", kindKeptChange+" of "+name)
}

// accountFits ends what is said of an account that was left out.
func (c *Connector) accountFits(id string) {
	c.leftOut.Delete(id)
	c.alerts.Resolve(time.Now(), id, kindKeptChange)
}
