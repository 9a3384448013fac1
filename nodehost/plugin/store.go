package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/ilp-go/connector/nodehost"
	"github.com/ilp-go/connector/store"
)

// kept is what the plugin keeps. Its operations are done one after the other, as the plugin
// calls them: plugins write without waiting, and rely on the order.
type kept struct {
	store      store.Store // nil if nothing can be kept
	operations chan operation
	waiting    atomic.Int64 // bytes of values in operations
}

// operation is a call of the store.
type operation struct {
	method string
	key    string
	value  []byte
	answer func(result any, err error)
}

// operationsMax is how many operations of one plugin may wait for the store, and operationBytesMax how
// many bytes of values, beyond one value.
const (
	operationsMax     = 4096
	operationBytesMax = 16 << 20
)

// Keys of the part of the store that the link has.
const (
	dataPrefix    = "data/"
	paymentPrefix = "payment/"
)

// DataKey returns where the value of a key of a plugin is, in the part of the store that Keep
// was given. Values are JSON.
func DataKey(key string) string { return dataPrefix + key }

func (k *kept) init() { k.operations = make(chan operation, operationsMax) }

// call takes an operation. It does not block.
func (k *kept) call(method string, args []json.RawMessage, answer func(result any, err error)) {
	op := operation{method: method, answer: answer}
	if len(args) == 0 || json.Unmarshal(args[0], &op.key) != nil {
		answer(nil, &nodehost.Error{Name: "TypeError", Message: "the key of " + method + " is no text"})
		return
	}
	if k.waiting.Load() > operationBytesMax {
		answer(nil, &nodehost.Error{Name: "Error", Message: fmt.Sprintf("more than %d bytes wait for the store", operationBytesMax)})
		return
	}
	if method == "put" && len(args) > 1 {
		op.value = append([]byte(nil), args[1]...)
	}
	k.waiting.Add(int64(len(op.value)))
	select {
	case k.operations <- op:
	default:
		k.waiting.Add(-int64(len(op.value)))
		answer(nil, &nodehost.Error{Name: "Error", Message: fmt.Sprintf("more than %d operations wait for the store", operationsMax)})
	}
}

// run does the operations until ctx ends, and then those that wait.
func (k *kept) run(ctx context.Context) {
	for {
		select {
		case op := <-k.operations:
			op.answer(k.do(op))
		case <-ctx.Done():
			for {
				select {
				case op := <-k.operations:
					op.answer(k.do(op))
				default:
					return
				}
			}
		}
	}
}

// errNoStore says that Keep was not called: the link is used without a connector.
var errNoStore = errors.New("the plugin has no store")

func (k *kept) do(op operation) (result any, err error) {
	defer k.waiting.Add(-int64(len(op.value)))
	if k.store == nil {
		return nil, errNoStore
	}
	switch op.method {
	case "get":
		value, err := k.load(dataPrefix + op.key)
		if value == nil || err != nil {
			return nil, err
		}
		return json.RawMessage(value), nil
	case "put":
		if op.value == nil {
			op.value = []byte("null")
		}
		return nil, k.store.Apply(store.Batch{{Key: dataPrefix + op.key, Value: op.value}})
	}
	return nil, k.store.Apply(store.Batch{{Key: dataPrefix + op.key}})
}

// errFound stops Load.
var errFound = errors.New("found")

// load returns the value of a key, nil if there is none.
func (k *kept) load(key string) (value []byte, err error) {
	err = k.store.Load(key, func(found string, v []byte) error {
		if found == key { // the first one, if it is there
			value = append([]byte{}, v...)
		}
		return errFound
	})
	if errors.Is(err, errFound) {
		err = nil
	}
	return value, err
}
