package connector

import (
	"bytes"
	"crypto/rand"
	"fmt"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/uuid"
)

// Where the store keeps our identity for the routing protocol.
const (
	routingNamespace = "routing"
	secretKey        = "secret"
	tableIDKey       = "tableId"
)

// routingSecretBytes is the length of a secret that we make up.
const routingSecretBytes = 32

// identify takes over the routing secret and the table id of the last run if the store has
// them. A configured secret wins over the stored one.
//
// The routes are computed anew, with that secret.
func (c *Connector) identify() error {
	kept := store.Namespace(c.store, routingNamespace)
	if c.cfg().RoutingSeed() == nil {
		secret, _, err := keep(kept, secretKey, newSecret)
		if err != nil {
			return err
		}
		c.mu.Lock()
		c.secret = secret
		c.mu.Unlock()
	}
	id, known, err := keep(kept, tableIDKey, func() []byte { id := uuid.New(); return id[:] })
	if err != nil {
		return err
	}
	if len(id) != len([16]byte{}) {
		return fmt.Errorf("the store's %s/%s has %d bytes, not 16: remove it, and another is made", routingNamespace, tableIDKey, len(id))
	}
	c.reroute()
	c.speaker.SetTableID([16]byte(id), known)
	return nil
}

// keep returns what the store has under key, or else what fresh makes for it. known says
// that it was there.
func keep(s store.Store, key string, fresh func() []byte) (value []byte, known bool, err error) {
	err = s.Load(key, func(k string, v []byte) error {
		if k == key {
			value, known = bytes.Clone(v), true
		}
		return nil
	})
	if err == nil && !known {
		value = fresh()
		err = s.Apply(store.Batch{{Key: key, Value: value}})
	}
	if err != nil {
		return nil, false, fmt.Errorf("store %s/%s: %w", routingNamespace, key, err)
	}
	return value, known, nil
}

func newSecret() []byte {
	secret := make([]byte, routingSecretBytes)
	_, _ = rand.Read(secret) // never fails
	return secret
}
