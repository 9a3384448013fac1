package bolt

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"

	"github.com/ilp-go/connector/store"
)

// A meta page, of which a database has two, in the byte order of the machine:
//
//	 0  page header
//	16  magic number, version of bbolt's format, page size, flags: uint32 each
//	32  root bucket: page, sequence
//	48  page of the free list, number of pages, number of the transaction
//	72  FNV-1a of the bytes 16 to 72
//
// Each commit writes the one that is older, so that a commit that was cut off leaves
// the other. What counts is the whole one of the last transaction.
const (
	metaSize    = 80
	metaMagic   = 0xed0cdaed
	metaVersion = 2
)

// noFreeList stands for the page of a free list that is not kept.
const noFreeList = ^uint64(0)

// meta is what counts of the meta pages.
type meta struct {
	root, free, pages, transaction uint64
}

// readMeta reads the meta page that counts.
func readMeta(file io.ReaderAt, pageSize int) (m meta, err error) {
	found := false
	for i := range 2 {
		page := make([]byte, metaSize)
		if _, err := file.ReadAt(page, int64(i)*int64(pageSize)); err != nil {
			return meta{}, fmt.Errorf("read page %d: %w", i, err)
		}
		if each, ok := parseMeta(page); ok && (!found || each.transaction > m.transaction) {
			m, found = each, true
		}
	}
	if !found {
		return meta{}, fmt.Errorf("%w: neither of its first two pages is whole", store.ErrDamaged)
	}
	return m, nil
}

func parseMeta(page []byte) (m meta, ok bool) {
	order := binary.NativeEndian
	sum := fnv.New64a()
	_, _ = sum.Write(page[16:72])
	ok = order.Uint32(page[16:]) == metaMagic && order.Uint32(page[20:]) == metaVersion && order.Uint64(page[72:]) == sum.Sum64()
	return meta{
		root:        order.Uint64(page[32:]),
		free:        order.Uint64(page[48:]),
		pages:       order.Uint64(page[56:]),
		transaction: order.Uint64(page[64:]),
	}, ok
}
