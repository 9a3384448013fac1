package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"go.etcd.io/bbolt"

	"github.com/ilp-go/connector/store"
)

// A page begins with a header: its number (uint64), its type and the number of its
// elements (uint16 each), and how many pages of overflow follow (uint32). Then come
// the elements, 16 bytes each, and then their keys and values with nothing between
// them. Numbers are in the byte order of the machine, offsets count from the element:
//
//	leaf       flags, offset, length of the key, length of the value: uint32 each
//	branch     offset, length of the key: uint32 each; page: uint64
//	free list  no elements, but numbers of pages: uint64 each
//
// The leaves of the root bucket hold the other buckets. The value of a bucket is the
// page of its own root and a sequence: uint64 each. If the page is 0, the root follows.
const (
	pageHeaderSize   = 16
	elementSize      = 16
	bucketHeaderSize = 16
	freeSize         = 8

	branchPage = 0x01
	leafPage   = 0x02
	freePage   = 0x10

	pairFlags   = 0x00
	bucketFlags = 0x01

	countLarge = 0xffff     // the first number on a free list tells how many follow
	noFreeList = ^uint64(0) // the page of a free list that is not kept

	pageSizeMin = 1 << 10
	depthMax    = 32 // far beyond what a file that fits a disk needs
)

// tree reads the pages that are in use, and trusts none of them. Whatever they hold, it
// neither faults nor runs for ever, and it notes every page that bbolt must not follow.
type tree struct {
	file       *os.File
	pageSize   int
	root, free uint64 // pages of the root bucket and of the list of free pages
	used       []bool // by number of the page
	damage     damage
}

// newTree returns the tree of the transaction of a file.
func newTree(tx *bbolt.Tx, file *os.File) (*tree, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	size := tx.DB().Info().PageSize
	if size < pageSizeMin {
		return nil, fmt.Errorf("%w: its pages have only %d bytes", store.ErrDamaged, size)
	}
	var meta metaPage
	if _, err := tx.WriteTo(&meta); meta == (metaPage{}) {
		return nil, err
	}
	t := &tree{file: file, pageSize: size, root: meta.number(32), free: meta.number(48)}
	pages, there := meta.number(56), uint64(info.Size())/uint64(size)
	if there < pages {
		return nil, fmt.Errorf("%w: %d of %d pages are missing at the end", store.ErrDamaged, pages-there, pages)
	}
	t.used = make([]bool, max(2, pages))
	t.used[0], t.used[1] = true, true // the meta pages
	return t, nil
}

// metaPage takes the meta page that bbolt has chosen, which is the first page of a copy:
// bbolt tells it in no other way.
type metaPage [80]byte

// Write keeps the first bytes of the copy and ends it.
func (m *metaPage) Write(b []byte) (int, error) { return copy(m[:], b), errors.ErrUnsupported }

func (m *metaPage) number(at int) uint64 { return binary.NativeEndian.Uint64(m[at:]) }

// bucket visits the pairs of a bucket. value is nil if there is no such bucket.
func (t *tree) bucket(name string, value []byte, visit func(key, value []byte)) {
	inline := len(value) >= bucketHeaderSize+pageHeaderSize
	switch {
	case len(value) < bucketHeaderSize:
		t.damage.add("there is no bucket %q", name)
	case binary.NativeEndian.Uint64(value) != 0:
		t.walk(binary.NativeEndian.Uint64(value), nil, 0, pairFlags, visit)
	case inline && typeOf(value[bucketHeaderSize:]) == leafPage:
		where := fmt.Sprintf("bucket %q", name)
		for _, e := range t.elements(where, value[bucketHeaderSize:]) {
			t.visit(where, e, pairFlags, visit)
		}
	default:
		t.damage.add("bucket %q is not a page of pairs", name)
	}
}

// walk visits what the leaves below a page hold. first is the key that led to the page:
// bbolt goes by that key when it writes, and keeps an old page if it is not the first one.
func (t *tree) walk(id uint64, first []byte, depth int, flags uint32, visit func(key, value []byte)) {
	b, ok := t.page(id)
	if !ok {
		return
	}
	where := fmt.Sprintf("page %d", id)
	leaf := typeOf(b) == leafPage
	if !leaf && (typeOf(b) != branchPage || countOf(b) == 0) || depth > depthMax {
		t.damage.add("%s of type %#x with %d elements is too deep or unknown", where, typeOf(b), countOf(b))
		return
	}
	for i, e := range t.elements(where, b) {
		if i == 0 && depth > 0 && !bytes.Equal(e.key, first) {
			t.damage.add("%s does not begin with the key that leads to it", where)
		}
		if leaf {
			t.visit(where, e, flags, visit)
		} else {
			t.walk(e.page, e.key, depth+1, flags, visit)
		}
	}
}

func (t *tree) visit(where string, e element, flags uint32, visit func(key, value []byte)) {
	if e.flags != flags {
		t.damage.add("%q on %s has the flags %d and not %d", e.key, where, e.flags, flags)
		return
	}
	visit(e.key, e.value)
}

// element is a pair of a leaf, or a child of a branch. Key and value are parts of the
// page.
type element struct {
	key, value []byte
	flags      uint32
	page       uint64
}

// elements cuts a page into its elements, up to the first that is not where it should be.
func (t *tree) elements(where string, b []byte) (all []element) {
	order := binary.NativeEndian
	count := int64(countOf(b))
	next := pageHeaderSize + count*elementSize // where the next key is
	if next > int64(len(b)) {
		t.damage.add("%s has no room for %d elements", where, count)
		return nil
	}
	for i := range count {
		at := pageHeaderSize + i*elementSize
		number := func(i int64) int64 { return int64(order.Uint32(b[at+4*i:])) }
		var e element
		var offset, key, value int64
		if typeOf(b) == branchPage {
			offset, key, e.page = number(0), number(1), order.Uint64(b[at+8:])
		} else {
			e.flags, offset, key, value = uint32(number(0)), number(1), number(2), number(3)
		}
		if at+offset != next || key+value > int64(len(b))-next {
			t.damage.add("element %d of %s is not where it should be", i, where)
			break
		}
		e.key, e.value = b[next:next+key], b[next+key:next+key+value]
		if i > 0 && bytes.Compare(all[i-1].key, e.key) >= 0 {
			t.damage.add("the key of element %d of %s is out of order", i, where)
		}
		all = append(all, e)
		next += key + value
	}
	return all
}

// page reads a page with its overflow, and marks both as used.
func (t *tree) page(id uint64) (b []byte, ok bool) {
	last := uint64(len(t.used))
	if id >= last {
		t.damage.add("page %d is behind the last one", id)
		return nil, false
	}
	b, ok = t.read(id, pageHeaderSize)
	if !ok {
		return nil, false
	}
	if says := binary.NativeEndian.Uint64(b); says != id {
		t.damage.add("page %d says that it is page %d", id, says)
		return nil, false
	}
	count := 1 + uint64(binary.NativeEndian.Uint32(b[12:]))
	if count > last-id {
		t.damage.add("page %d goes on behind the last one", id)
		return nil, false
	}
	for i := id; i < id+count; i++ {
		if !t.use(i) {
			return nil, false
		}
	}
	return t.read(id, int(count)*t.pageSize)
}

func (t *tree) read(id uint64, size int) (b []byte, ok bool) {
	b = make([]byte, size)
	if _, err := t.file.ReadAt(b, int64(id)*int64(t.pageSize)); err != nil {
		t.damage.add("page %d cannot be read: %v", id, err)
		return nil, false
	}
	return b, true
}

// use marks a page as used, and reports whether it was unused. Otherwise walk would follow
// a page that is above itself for ever.
func (t *tree) use(id uint64) bool {
	if t.used[id] {
		t.damage.add("page %d is used twice", id)
		return false
	}
	t.used[id] = true
	return true
}

// freeList reads the list of free pages, which no bucket may use. It comes last.
func (t *tree) freeList() {
	if t.free == noFreeList {
		return
	}
	b, ok := t.page(t.free)
	if !ok {
		return
	}
	order, list := binary.NativeEndian, b[pageHeaderSize:]
	count := uint64(countOf(b))
	if count == countLarge {
		count, list = order.Uint64(list), list[freeSize:]
	}
	if typeOf(b) != freePage || count > uint64(len(list)/freeSize) {
		t.damage.add("page %d is not the list of free pages", t.free)
		return
	}
	for ; count > 0; count, list = count-1, list[freeSize:] {
		id := order.Uint64(list)
		if id >= uint64(len(t.used)) {
			t.damage.add("the free page %d is behind the last one", id)
			return
		}
		t.use(id)
	}
}

func typeOf(b []byte) uint16  { return binary.NativeEndian.Uint16(b[8:]) }
func countOf(b []byte) uint16 { return binary.NativeEndian.Uint16(b[10:]) }
