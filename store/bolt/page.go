package bolt

import (
	"bytes"
	"encoding/binary"
)

// A page begins with a header, in the byte order of the machine:
//
//	 0  its number: uint64
//	 8  its type, how many elements it has: uint16 each
//	12  how many pages of overflow follow: uint32
//
// After it come the elements, 16 bytes each, and then their keys and values, with
// nothing between them. Offsets are from the element on:
//
//	leaf    flags, offset, length of the key, length of the value: uint32 each
//	branch  offset, length of the key: uint32 each; page: uint64
//
// The list of free pages has numbers of pages instead, uint64 each.
const (
	pageHeaderSize   = 16
	elementSize      = 16
	freeSize         = 8
	bucketHeaderSize = 16 // page of the root, sequence: uint64 each

	branchPage = 0x01
	leafPage   = 0x02
	freePage   = 0x10

	bucketFlag = 0x01

	// countLarge says that the first number on a list of free pages is how many follow.
	countLarge = 0xffff
)

// page is a page and its overflow, or one that is kept within a value.
type page struct {
	where string
	bytes []byte
}

func (p page) id() uint64       { return binary.NativeEndian.Uint64(p.bytes) }
func (p page) flags() uint16    { return binary.NativeEndian.Uint16(p.bytes[8:]) }
func (p page) count() uint16    { return binary.NativeEndian.Uint16(p.bytes[10:]) }
func (p page) overflow() uint32 { return binary.NativeEndian.Uint32(p.bytes[12:]) }

// element is a pair of a leaf, or a child of a branch and the first key that may be
// below it. Key and value are parts of the page.
type element struct {
	key, value []byte
	bucket     bool
	child      uint64
}

// elements cuts a page into its elements, as far as they can be believed.
func (t *tree) elements(p page, keys span) []element {
	count := int(p.count())
	next := uint64(pageHeaderSize + count*elementSize) // where the next key is
	if next > uint64(len(p.bytes)) {
		t.damage.add("%s has no room for %d elements", p.where, count)
		return nil
	}
	if count == 0 && p.flags() == branchPage {
		t.damage.add("%s has no children", p.where)
	}
	all := make([]element, 0, count)
	for i := range count {
		at := pageHeaderSize + i*elementSize
		e, from, keySize, size := parseElement(p.bytes[at:], p.flags() == branchPage)
		if uint64(at)+from != next || size > uint64(len(p.bytes))-next {
			t.damage.add("element %d of %s is not where it should be", i, p.where)
			return all
		}
		e.key = p.bytes[next : next+keySize]
		e.value = p.bytes[next+keySize : next+size]
		if !keys.has(e.key) || i > 0 && bytes.Compare(all[i-1].key, e.key) >= 0 {
			t.damage.add("the key of element %d of %s is out of order", i, p.where)
		}
		all = append(all, e)
		next += size
	}
	return all
}

// parseElement reads an element but for its key and value: these begin at from and
// have so many bytes.
func parseElement(b []byte, branch bool) (e element, from, keySize, size uint64) {
	order := binary.NativeEndian
	if branch {
		keySize = uint64(order.Uint32(b[4:]))
		return element{child: order.Uint64(b[8:])}, uint64(order.Uint32(b)), keySize, keySize
	}
	keySize = uint64(order.Uint32(b[8:]))
	return element{bucket: order.Uint32(b) == bucketFlag}, uint64(order.Uint32(b[4:])), keySize, keySize + uint64(order.Uint32(b[12:]))
}

// free reads a list of free pages, if it fits the page.
func (p page) free() (ids []uint64, ok bool) {
	list := p.bytes[pageHeaderSize:]
	count := uint64(p.count())
	if count == countLarge {
		count, list = binary.NativeEndian.Uint64(list), list[freeSize:]
	}
	if count > uint64(len(list)/freeSize) {
		return nil, false
	}
	for i := range count {
		ids = append(ids, binary.NativeEndian.Uint64(list[i*freeSize:]))
	}
	return ids, true
}
