package httplink

import (
	"strconv"
	"strings"
	"time"

	"github.com/ilp-go/connector/store"
)

// Left is the records of an account that no link takes care of.
type Left struct {
	Answers  int         // Fulfills that are booked, and that the peer may not know of
	Outdated store.Batch // removes the records that no peer asks for any more
}

// ReadLeft returns the records in books that belong to an account without a link that answers by
// callback: of the account named, or of all if accountID is empty. cared reports whether an account
// has such a link. ReadLeft reads all records, and blocks for that.
func ReadLeft(books Books, accountID string, cared func(accountID string) bool, now time.Time) (map[string]*Left, error) {
	end := ""
	if accountID != "" {
		end = accountID + "/"
	}
	left := make(map[string]*Left)
	of := func(id string) *Left {
		if left[id] == nil {
			left[id] = new(Left)
		}
		return left[id]
	}
	err := books.Load(answerPrefix+end, func(key string, _ []byte) error {
		if id, _, ok := cutLast(strings.TrimPrefix(key, answerPrefix)); ok && !cared(id) {
			of(id).Answers++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, prefix := range []string{countedPrefix, answeredPrefix} {
		err = books.Load(prefix+end, func(key string, value []byte) error {
			id, _, ok := cutLast(strings.TrimPrefix(key, prefix))
			until, err := strconv.ParseInt(string(value), 10, 64)
			if ok && err == nil && until < now.UnixMilli() && !cared(id) {
				one := of(id)
				one.Outdated = append(one.Outdated, store.Change{Key: strings.Clone(key)})
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return left, nil
}
