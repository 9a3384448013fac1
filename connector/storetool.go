package connector

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ilp-go/connector/ledger"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/disk"
)

// StoreSummary is what a store holds.
type StoreSummary struct {
	disk.Summary
	settle.Counts
	Balances int
	Other    int // entries of neither kind: who we are to our neighbors
}

// VerifyStore reads a whole store that no connector has open, or a backup, and says what
// it holds, and all that is wrong with it: as disk.Verify, and whether every balance and
// every settlement and every alert can be read. It changes nothing. path is a directory or
// a database file.
func VerifyStore(path string) (s StoreSummary, err error) {
	var faults []error
	s.Summary, err = disk.Read(path, func(key string, value []byte) {
		ours, err := ledger.IsBalance(key, value)
		if ours && err == nil {
			s.Balances++
		}
		if !ours {
			ours, err = s.Counts.Add(key, value)
		}
		if !ours {
			_, _, err = readAlerts(key, value)
			s.Other++
		}
		if err != nil {
			faults = append(faults, err)
		}
	})
	return s, errors.Join(append([]error{closed(err)}, faults...)...)
}

// DumpStore writes all entries of a store that no connector has open, or of a backup,
// as disk.Dump does. Unless secrets are to be shown, an entry that is not known to hold
// none is hidden.
func DumpStore(path string, w io.Writer, secrets bool) error {
	hide := isSecret
	if secrets {
		hide = nil
	}
	return closed(disk.Dump(path, w, hide))
}

// isSecret reports whether the entry of a key may be a secret. Every other one is
// listed, so that a new one is hidden as long as nobody has thought of it.
func isSecret(key string) bool {
	return key != routingNamespace+"/"+tableIDKey && key != alertsKey &&
		!slices.ContainsFunc([]string{"balances/", "settlements/", "receipts/", "leftovers/", "audit/", alertsPrefix}, func(prefix string) bool {
			return strings.HasPrefix(key, prefix)
		})
}

// CopyStore makes a backup of a store that no connector has open, as KeepBackup does.
// It changes nothing there.
func CopyStore(path, name string) (StoreSummary, error) {
	return KeepBackup(name, func(w io.Writer) error { return closed(disk.Copy(path, w, filepath.Dir(name))) })
}

// KeepBackup makes a file, for its owner alone, of what write writes, if that is a
// whole store, and says what it holds. The file is complete and on the disk, or it is
// not there; one that is there already is an error.
func KeepBackup(name string, write func(io.Writer) error) (s StoreSummary, err error) {
	if _, err := os.Lstat(name); err == nil {
		return s, fmt.Errorf("%s is there already: name another file, or remove it", name)
	}
	file, err := os.CreateTemp(filepath.Dir(name), ".backup-") // 0600
	if err != nil {
		return s, fmt.Errorf("make a backup: %w", store.Explain(err))
	}
	defer func() {
		if removed := os.Remove(file.Name()); !errors.Is(removed, fs.ErrNotExist) {
			err = errors.Join(err, removed)
		}
	}()
	err = write(file)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return s, fmt.Errorf("make a backup: %w", store.Explain(err))
	}
	if s, err = VerifyStore(file.Name()); err != nil {
		return s, fmt.Errorf("what was written is no backup: %w", err)
	}
	if err := place(file.Name(), name); err != nil {
		return s, fmt.Errorf("make a backup: %w", store.Explain(err))
	}
	return s, store.SyncDir(filepath.Dir(name))
}

// place gives a file its name, unless another has that name by now.
func place(from, name string) error {
	err := os.Link(from, name)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.Rename(from, name) // no links on this file system
}

// closed says what to do about a store that is in use, for who only looks at it.
func closed(err error) error {
	var used *store.InUseError
	if errors.As(err, &used) {
		return fmt.Errorf("%s is %w by %s: stop that first, or look at a backup, which 'ilp-connector store backup' makes while it runs",
			used.Dir, store.ErrInUse, used.By)
	}
	return err
}
