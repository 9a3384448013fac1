package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"

	"github.com/ilp-go/connector/store"
)

// tree reads the pages of a database and believes none of them: whatever they hold,
// it neither faults nor runs for ever, and notes what is wrong. bbolt's own check
// follows damaged pages out of the file.
//
// A database is a tree of pages. The leaves of the root bucket are the other
// buckets, whose value is the page of their own root, or 0 and then that page itself
// if it is small. A page may be followed by others that belong to it, its overflow.
type tree struct {
	file     *os.File
	pageSize int
	meta     meta
	used     []bool // by number of the page
	damage   damage
}

// depthMax is far beyond what a file that fits a disk needs.
const depthMax = 32

func newTree(file *os.File, pageSize int) (*tree, error) {
	meta, err := readMeta(file, pageSize)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if there := uint64(info.Size()) / uint64(pageSize); there < meta.pages {
		return nil, fmt.Errorf("%w: %d of %d pages are missing at the end", store.ErrDamaged, meta.pages-there, meta.pages)
	}
	t := &tree{file: file, pageSize: pageSize, meta: meta, used: make([]bool, max(2, meta.pages))}
	t.used[0], t.used[1] = true, true
	return t, nil
}

// root visits the root bucket. It comes first.
func (t *tree) root(visit func(element)) {
	t.walk(t.meta.root, 0, span{}, visit)
}

// bucket visits the pairs of a bucket that an element is.
func (t *tree) bucket(name string, e element, visit func(element)) {
	if !e.bucket || len(e.value) < bucketHeaderSize {
		t.damage.add("there is no bucket %q", name)
		return
	}
	if root := binary.NativeEndian.Uint64(e.value); root != 0 {
		t.walk(root, 0, span{}, visit)
		return
	}
	p := page{where: fmt.Sprintf("bucket %q", name), bytes: e.value[bucketHeaderSize:]}
	if len(p.bytes) < pageHeaderSize || p.flags() != leafPage {
		t.damage.add("%s is not a page of pairs", p.where)
		return
	}
	for _, e := range t.elements(p, span{}) {
		visit(e)
	}
}

// walk visits what is in a page and below it.
func (t *tree) walk(id uint64, depth int, keys span, visit func(element)) {
	p, ok := t.page(id)
	switch {
	case !ok:
	case depth > depthMax:
		t.damage.add("%s is too deep", p.where)
	case p.flags() == leafPage:
		for _, e := range t.elements(p, keys) {
			visit(e)
		}
	case p.flags() == branchPage:
		children := t.elements(p, keys)
		for i, c := range children {
			below := span{c.key, keys.to}
			if i+1 < len(children) {
				below.to = children[i+1].key
			}
			t.walk(c.child, depth+1, below, visit)
		}
	default:
		t.damage.add("%s has the unknown type %#x", p.where, p.flags())
	}
}

// page reads a page and its overflow, and marks them as used.
func (t *tree) page(id uint64) (p page, ok bool) {
	p.where = fmt.Sprintf("page %d", id)
	if id >= t.meta.pages {
		t.damage.add("%s is behind the last one", p.where)
		return p, false
	}
	p.bytes = make([]byte, t.pageSize)
	if !t.read(p, id) {
		return p, false
	}
	if p.id() != id {
		t.damage.add("%s says that it is page %d", p.where, p.id())
		return p, false
	}
	count := 1 + uint64(p.overflow())
	if count > t.meta.pages-id {
		t.damage.add("%s goes on behind the last one", p.where)
		return p, false
	}
	if !t.use(id, count) {
		return p, false
	}
	if count > 1 {
		p.bytes = make([]byte, count*uint64(t.pageSize))
		ok = t.read(p, id)
		return p, ok
	}
	return p, true
}

func (t *tree) read(p page, id uint64) bool {
	if _, err := t.file.ReadAt(p.bytes, int64(id)*int64(t.pageSize)); err != nil {
		t.damage.add("%s cannot be read: %v", p.where, err)
		return false
	}
	return true
}

// use marks pages as used. A page that is used twice would be walked for ever if it
// were above itself.
func (t *tree) use(id, count uint64) bool {
	for i := id; i < id+count; i++ {
		if t.used[i] {
			t.damage.add("page %d is used twice", i)
			return false
		}
		t.used[i] = true
	}
	return true
}

// rest reads the list of free pages: every page must be used or free. It comes last.
func (t *tree) rest() {
	if t.meta.free == noFreeList {
		return
	}
	p, ok := t.page(t.meta.free)
	if !ok {
		return
	}
	if p.flags() != freePage {
		t.damage.add("%s is not the list of free pages", p.where)
		return
	}
	ids, ok := p.free()
	if !ok {
		t.damage.add("%s lists more free pages than it can", p.where)
		return
	}
	for _, id := range ids {
		if id >= t.meta.pages {
			t.damage.add("the free page %d is behind the last one", id)
			return
		}
		t.use(id, 1)
	}
	for id, used := range t.used {
		if !used {
			t.damage.add("page %d is neither used nor free", id)
		}
	}
}

// span is which keys may be on a page: from the first to before the last, each nil
// if there is no such bound.
type span struct{ from, to []byte }

func (s span) has(key []byte) bool {
	return bytes.Compare(key, s.from) >= 0 && (s.to == nil || bytes.Compare(key, s.to) < 0)
}
