package bolt

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strconv"
	"time"

	"go.etcd.io/bbolt"
)

// format is the number of the layout that the package comment describes. The meta bucket
// is the same in every format, so that an old program can tell the version of a newer one.
//
// Format 2 has the layout of format 1. The keys of alerts and leftovers changed, so that
// earlier versions would misread them. Upgrade turns a store of format 1 into one of
// format 2.
const (
	format    = 2
	formatMin = 1 // the earliest that Open accepts
)

const (
	metaBucket = "meta"
	dataBucket = "data"

	formatKey  = "format"
	createdKey = "created"
	versionKey = "version"
)

// initSchema makes an empty store in a new database.
func initSchema(tx *bbolt.Tx, now time.Time, version string) error {
	_, err := tx.CreateBucket([]byte(dataBucket))
	if err != nil {
		return err
	}
	meta, err := tx.CreateBucket([]byte(metaBucket))
	if err != nil {
		return err
	}
	return errors.Join(
		putSealed(meta, formatKey, strconv.Itoa(format)),
		putSealed(meta, createdKey, now.UTC().Format(time.RFC3339)),
		putSealed(meta, versionKey, version))
}

// Upgrade turns a store of an earlier format into one of this format, and records version
// as the program that did so. It does nothing if the store has this format.
func (s *Store) Upgrade(version string) error {
	var earlier bool
	err := s.db.View(func(tx *bbolt.Tx) error {
		kept, _ := unseal([]byte(formatKey), tx.Bucket([]byte(metaBucket)).Get([]byte(formatKey)))
		earlier = string(kept) != strconv.Itoa(format)
		return nil
	})
	if err != nil || !earlier {
		return err
	}
	return s.db.Update(func(tx *bbolt.Tx) error {
		meta := tx.Bucket([]byte(metaBucket))
		return errors.Join(putSealed(meta, formatKey, strconv.Itoa(format)), putSealed(meta, versionKey, version))
	})
}

func putSealed(bucket *bbolt.Bucket, key, value string) error {
	return bucket.Put([]byte(key), appendSealed(nil, []byte(key), []byte(value)))
}

// sealSize is the length of the checksum before a value.
const sealSize = 4

func appendSealed(to, key, value []byte) []byte {
	return append(binary.BigEndian.AppendUint32(to, checksum(key, value)), value...)
}

// unseal returns the value, a part of sealed. It reports whether the key and the value are
// as they were written.
func unseal(key, sealed []byte) (value []byte, ok bool) {
	if len(sealed) < sealSize {
		return nil, false
	}
	value = sealed[sealSize:]
	return value, binary.BigEndian.Uint32(sealed) == checksum(key, value)
}

func checksum(key, value []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli) // made once, by crc32
	return crc32.Update(crc32.Checksum(key, table), table, value)
}
