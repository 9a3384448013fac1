package chain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ilp-go/connector/engine/middleware"
)

// Pipeline is one of the six chains of an account in which methods of a module may stand, as in the
// reference. Packets pass IncomingData and OutgoingData. The others carry settlements, the start and the
// end: the caller of their methods asks Account.Stages.
type Pipeline uint8

// The pipelines.
const (
	Startup Pipeline = iota
	Teardown
	IncomingData
	IncomingMoney
	OutgoingData
	OutgoingMoney

	pipelines
)

// Pipelines is how many there are: their values are those below it.
const Pipelines = pipelines

var pipelineNames = [pipelines]string{"startup", "teardown", "incomingData", "incomingMoney", "outgoingData", "outgoingMoney"}

// String returns the name that modules know.
func (p Pipeline) String() string { return pipelineNames[p] }

// Entry is what stands in a pipeline: a built-in middleware by its name, or a stage.
type Entry struct {
	Name  middleware.Name
	Stage *Stage // nil for a built-in middleware
}

// Insertions are the six pipelines of an account with all that modules have inserted.
type Insertions [pipelines][]Entry

// ofOthers says which of the built-in middlewares in the data pipelines are in another pipeline, in its order.
var ofOthers = map[Pipeline]struct {
	data  Pipeline
	names []middleware.Name
}{
	IncomingMoney: {IncomingData, []middleware.Name{middleware.ErrorHandler, middleware.RateLimit, middleware.Balance, middleware.Stats}},
	OutgoingMoney: {OutgoingData, []middleware.Name{middleware.Balance, middleware.Stats}},
	Startup:       {OutgoingData, []middleware.Name{middleware.Balance, middleware.Deduplicate}},
	Teardown:      {OutgoingData, []middleware.Name{middleware.Deduplicate}},
}

// builtinsOf returns the built-in middlewares that each pipeline of an account has in the reference.
func builtinsOf(places []middleware.Place) (names [pipelines][]middleware.Name) {
	for _, place := range places {
		if data := dataOf(place); place.After != "" {
			names[data] = append(names[data], place.After)
		}
	}
	for p, other := range ofOthers {
		for _, name := range other.names {
			if slices.Contains(names[other.data], name) {
				names[p] = append(names[p], name)
			}
		}
	}
	return names
}

func dataOf(place middleware.Place) Pipeline {
	if place.Outgoing {
		return OutgoingData
	}
	return IncomingData
}

// check makes sure that insertions have been made into these built-in middlewares.
func (ins *Insertions) check(names *[pipelines][]middleware.Name) error {
	for p, entries := range ins {
		var builtin []middleware.Name
		for _, e := range entries {
			if e.Stage == nil {
				builtin = append(builtin, e.Name)
			}
		}
		if !slices.Equal(builtin, names[p]) {
			return fmt.Errorf("pipeline %s: the built-in middlewares are %s, and the module has made its insertions into %s",
				Pipeline(p), list(names[p]), list(builtin))
		}
	}
	return nil
}

func list(names []middleware.Name) string {
	if len(names) == 0 {
		return "none"
	}
	var texts []string
	for _, name := range names {
		texts = append(texts, string(name))
	}
	return strings.Join(texts, ", ")
}

// after returns the stages of a data pipeline by the built-in middleware that comes before them: by the
// nearest one before them that the account takes part in, or by none.
func (ins *Insertions) after(p Pipeline, names []middleware.Name) map[middleware.Name][]*Stage {
	stages := make(map[middleware.Name][]*Stage)
	var last middleware.Name
	for _, e := range ins[p] {
		switch {
		case e.Stage != nil:
			stages[last] = append(stages[last], e.Stage)
		case slices.Contains(names, e.Name):
			last = e.Name
		}
	}
	return stages
}
