package bolt

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strconv"
	"time"

	"go.etcd.io/bbolt"
)

// format is the number of the layout that is described in the package comment. The
// meta bucket stays as it is in every format, so that an old program can say what a
// new one has written.
//
// Format 2 has the same layout as 1. What the connector keeps in it changed in a way that
// earlier versions would misread: alerts and leftovers have other keys. A store of format 1
// becomes one of format 2 by Upgrade.
const (
	format    = 2
	formatMin = 1 // the earliest that can be opened
)

const (
	metaBucket = "meta"
	dataBucket = "data"

	formatKey  = "format"
	createdKey = "created"
	versionKey = "version"
)

// initSchema makes an empty store of a new database.
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

// Upgrade makes a store of an earlier format one of this, by the version of the program
// that is named. It does nothing to one that has this format.
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

// unseal returns the value, a part of sealed, if both it and the key are what was
// written.
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
