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
	"github.com/ilp-go/connector/link/httplink"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/disk"
)

// StoreSummary counts what a store holds.
type StoreSummary struct {
	disk.Summary
	settle.Counts
	Balances int
	Other    int // all other entries: alerts, audit entries, what was earned, our routing id
}

// VerifyStore reads a whole store that no connector has open, or a backup. It returns what
// the store holds and all that is wrong with it. It checks what disk.Verify checks, and that
// every balance, settlement and alert can be read. It changes nothing. path is a directory
// or a database file.
func VerifyStore(path string) (s StoreSummary, err error) {
	var faults []error
	s.Summary, err = disk.Read(path, func(key string, value []byte) {
		ours, err := ledger.IsBalance(key, value)
		if ours && err == nil {
			s.Balances++
		}
		if !ours {
			ours, err = ledger.IsEarning(key, value)
			if ours {
				s.Other++
			}
		}
		if !ours {
			ours, err = httplink.IsRecord(key, value)
			if ours {
				s.Other++
			}
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

// DumpStore writes all entries of a store that no connector has open, or of a backup, as
// disk.Dump does. Unless secrets is true, it hides every entry that may hold a secret.
func DumpStore(path string, w io.Writer, secrets bool) error {
	hide := isSecret
	if secrets {
		hide = nil
	}
	return closed(disk.Dump(path, w, hide))
}

// isSecret reports whether the entry of a key may hold a secret. It lists the keys that
// hold none, so that a new kind of entry is hidden until it is listed here.
func isSecret(key string) bool {
	return key != routingNamespace+"/"+tableIDKey && key != alertsKey &&
		!slices.ContainsFunc([]string{"balances/", "earnings/", "settlements/", "receipts/", "leftovers/", "audit/", "counted/", "answered/", takenBackPrefix, alertsPrefix}, func(prefix string) bool {
			return strings.HasPrefix(key, prefix)
		})
}

// CopyStore writes a backup of a store that no connector has open to the new file name, as
// KeepBackup does. It does not change the store.
func CopyStore(path, name string) (StoreSummary, error) {
	return KeepBackup(name, func(w io.Writer) error { return closed(disk.Copy(path, w, filepath.Dir(name))) })
}

// KeepBackup makes the new file name, for its owner alone, from the output of write, and
// returns what the backup holds. It fails if the file is there already or the output is not
// a whole store. The file is then complete and on the disk, or not there.
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

// place renames a file, unless another file has that name by now.
func place(from, name string) error {
	err := os.Link(from, name)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.Rename(from, name) // no links on this file system
}

// closed adds to the error of a store in use what a command that only reads can do.
func closed(err error) error {
	var used *store.InUseError
	if errors.As(err, &used) {
		return fmt.Errorf("%s is %w by %s: stop that first, or look at a backup, which 'ilp-connector store backup' makes while it runs",
			used.Dir, store.ErrInUse, used.By)
	}
	return err
}
