package connector

import (
	"crypto/sha256"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/link/miniaccounts"
	"github.com/ilp-go/connector/nodehost/contents"
	"github.com/ilp-go/connector/nodehost/plugin"
	"github.com/ilp-go/connector/store"
)

// keeping is what the plugin of an account keeps of what a module of the reference has stored.
type keeping int

const (
	keepsNothing keeping = iota
	keepsAll             // it is hosted, or goes on from what the npm plugin has kept
	keepsTokens          // it is our mini-accounts
)

// keepingOf returns what a plugin keeps.
func keepingOf(p parts, name string) keeping {
	_, hosted := p.known().Module(config.PluginModule, name)
	switch {
	case hosted, name == xrpPlugin:
		return keepsAll
	case name == "ilp-plugin-mini-accounts":
		return keepsTokens
	}
	return keepsNothing
}

// digest is the SHA-256 of a value.
type digest [sha256.Size]byte

// importer takes over a store of the reference: see ImportStore.
type importer struct {
	cfg    *config.Config
	parts  parts
	asked  StoreImport
	owners *keyOwners
	keeps  map[string]keeping // by account
	reader *contents.Reader

	existing map[string]digest // what our store has for plugins
	tokens   map[string][]byte // of that, what may be tokens of clients
	seen     map[string]struct{}
	targets  map[string]digest // what was taken
	plain    []plainToken

	pending      store.Batch
	pendingBytes int
	accounts     map[string]*ImportedAccount
	done         Imported
}

// plainToken is a token that counts if no hash is found.
type plainToken struct {
	account, key string
	former       miniaccounts.Former
}

// Bounds of a batch. The last value may exceed the second.
const (
	importBatchMax = 256
	importBytesMax = 4 << 20
)

// placeOf returns where our store has a key of an account.
func placeOf(account, key string) string { return pluginNamespace + "/" + account + "/" + key }

// addExisting notes an entry of our store.
func (im *importer) addExisting(key string, value []byte) {
	rest, ours := strings.CutPrefix(key, pluginNamespace+"/")
	account, _, _ := strings.Cut(rest, "/")
	if !ours {
		return
	}
	im.existing[key] = sha256.Sum256(value)
	if im.keeps[account] == keepsTokens {
		im.tokens[key] = slices.Clone(value)
	}
}

// readAll takes all entries, and hands batches to apply.
func (im *importer) readAll(apply func(store.Batch) error) error {
	for more := true; more; {
		var err error
		if more, err = im.fill(); err != nil {
			return err
		}
		if err := apply(im.pending); err != nil {
			return err
		}
	}
	return nil
}

// fill takes entries until the next batch is full. It returns whether there may be more.
func (im *importer) fill() (more bool, err error) {
	im.pending, im.pendingBytes = nil, 0
	for len(im.pending) < importBatchMax && im.pendingBytes < importBytesMax {
		e, err := im.reader.Next()
		if errors.Is(err, io.EOF) {
			return false, im.takePlain()
		}
		if err != nil {
			return false, im.ofModule(err)
		}
		if err := im.take(e); err != nil {
			return false, err
		}
	}
	return true, nil
}

// take takes an entry of the module.
func (im *importer) take(e contents.Entry) error {
	if _, again := im.seen[e.Key]; again {
		return nil // Redis may list a key twice
	}
	im.seen[e.Key] = struct{}{}
	im.done.Keys++
	switch {
	case e.Missing:
		im.done.Missing.add(e.Key, "")
		return nil
	case e.Value == nil:
		im.done.Unreadable.add(e.Key, e.Problem)
		return nil
	}
	account, key, others, found := im.owners.find(e.Key)
	if !found {
		im.done.NoAccount.add(e.Key, "")
		return nil
	}
	for _, other := range others {
		im.done.doubt(account, other, e.Key)
	}
	switch im.keeps[account] {
	case keepsAll:
		im.put(account, e.Key, placeOf(account, plugin.DataKey(key)), e.Value)
		return nil
	case keepsTokens:
		return im.takeToken(account, e.Key, key, e.Value)
	}
	im.done.LeftOut.add(e.Key, "the plugin of "+account+" keeps nothing of it")
	return nil
}

// takeToken takes what may be the token of a client of our mini-accounts.
func (im *importer) takeToken(account, whole, key string, value []byte) error {
	former, err := miniaccounts.ReadFormer(key, value)
	switch {
	case err != nil:
		im.done.LeftOut.add(whole, err.Error())
		return nil
	case former.Plain:
		im.plain = append(im.plain, plainToken{account, whole, former})
		return nil
	}
	return im.putToken(account, whole, former)
}

// takePlain takes the tokens of clients that have no hash, as the npm plugin does.
func (im *importer) takePlain() error {
	for _, t := range im.plain {
		if _, hashed := im.targets[placeOf(t.account, t.former.Key())]; hashed {
			im.done.LeftOut.add(t.key, "the hashed token of the client counts")
			continue
		}
		if err := im.putToken(t.account, t.key, t.former); err != nil {
			return err
		}
	}
	im.plain = nil
	return nil
}

func (im *importer) putToken(account, whole string, former miniaccounts.Former) error {
	target := placeOf(account, former.Key())
	value, _, err := former.Value(im.tokens[target])
	if err == nil {
		im.put(account, whole, target, value)
	}
	return err
}

// put adds a value to the batch, unless our store has it, or has another one that stays.
func (im *importer) put(account, whole, target string, value []byte) {
	change := store.Change{Key: target, Value: value}
	if err := (store.Batch{change}).Validate(); err != nil {
		im.done.Unreadable.add(whole, err.Error())
		return
	}
	of := im.accounts[account]
	if of == nil {
		of = &ImportedAccount{ID: account}
		im.accounts[account] = of
		im.done.Accounts = append(im.done.Accounts, of)
	}
	sum := digest(sha256.Sum256(value))
	if taken, twice := im.targets[target]; twice {
		if taken != sum {
			of.Different++
			im.done.Different.add(whole, "it would be the same as another key of the module, of "+account)
		}
		return
	}
	im.targets[target] = sum
	switch now, there := im.existing[target]; {
	case !there:
		of.New++
	case now == sum:
		of.Equal++
		return
	case !im.asked.Overwrite:
		of.Different++
		im.done.Different.add(whole, "")
		return
	default:
		of.Overwritten++
	}
	im.pending = append(im.pending, change)
	im.pendingBytes += len(value)
}
