package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ilp-go/connector/nodehost"
)

// storePatience is how long a plugin is not constructed because its store is not there yet. Many call it
// in their constructor, and never again if that fails.
const storePatience = 10 * time.Second

// awaitStore waits until the hosted store of the plugin can be used, at most for storePatience. A store
// in the process of the plugin is constructed before it in any case.
func (l *Link) awaitStore(ctx context.Context) {
	s := l.opts.Module.Store
	if s == nil || s.In(l.opts.Host) || l.opts.StoreReady == nil {
		return
	}
	timer := time.NewTimer(storePatience)
	defer timer.Stop()
	select {
	case <-l.opts.StoreReady:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// askStore calls a hosted store that is in another process than the plugin. Its keys are those of the
// reference: the id of the account, and the key of the plugin. It does not block, and keeps the order of
// calls.
func askStore(s *nodehost.Object, account, method string, args []json.RawMessage, answer func(result any, err error)) {
	var key string
	if len(args) == 0 || json.Unmarshal(args[0], &key) != nil {
		answer(nil, &nodehost.Error{Name: "TypeError", Message: "the key of " + method + " is no text"})
		return
	}
	given := []any{account + key}
	if method == "put" && len(args) > 1 {
		given = append(given, json.RawMessage(append([]byte(nil), args[1]...)))
	}
	s.Begin(func(result json.RawMessage, err error) {
		switch _, thrown := errors.AsType[*nodehost.Error](err); {
		case err != nil && !thrown:
			answer(nil, fmt.Errorf("the hosted store cannot be used: %w", err))
		case err != nil:
			answer(nil, err)
		case result == nil:
			answer(nil, nil)
		default:
			answer(result, nil)
		}
	}, method, given...)
}
