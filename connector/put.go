package connector

import (
	"bytes"
	"errors"
	"strings"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/store"
)

// PutConfig makes a whole configuration the one that runs. What it changes is kept as changes of
// accounts and settings are: relative to what is declared.
func (n node) PutConfig(e admin.Edit, text []byte, matches func(etag string) bool) (admin.Reloaded, error) {
	l, err := n.Audit()
	if err != nil {
		return admin.Reloaded{}, err
	}
	n.adding.Lock()
	defer n.adding.Unlock()
	var done Reloaded
	var warnings []config.Warning
	err = l.Write(e.Change, func(note *audit.Note) error {
		var failed bool
		var err error
		done, err = n.replaceLocked(func() (p *plan, err error) {
			if err := n.lasts(e); err != nil {
				return nil, err
			}
			p, warnings, err = n.planPut(e, text, matches)
			return p, err
		}, func(p *plan) error {
			note.Detail("changed", strings.Join(p.Changed, ", "))
			batch := note.Batch()
			if n.durable && !e.Ephemeral {
				batch = append(batch, p.keeps()...)
			}
			err := n.ledger.Apply(batch)
			failed = err != nil
			return err
		})
		if err == nil || failed || errors.Is(err, admin.ErrStale) || errors.As(err, new(config.Faults)) {
			return err
		}
		return admin.Conflict(err.Error()) // the present state forbids it
	})
	answer := answerOf(done, warnings)
	if err == nil {
		answer.ETag, err = n.etag()
	}
	return answer, err
}

// planPut plans what turns the configuration that runs into that of a text.
func (n node) planPut(e admin.Edit, text []byte, matches func(string) bool) (*plan, []config.Warning, error) {
	tag, err := n.etag()
	switch {
	case err != nil:
		return nil, nil, err
	case !matches(tag):
		return nil, nil, admin.ErrStale
	}
	running := n.running()
	next, warnings, err := running.Replace(text, n.parts.known())
	if err == nil {
		err = running.RefuseRestart(next)
	}
	if err != nil {
		return nil, nil, err
	}
	p := &plan{config: n.cfg(), final: make(map[string]func() error), unpauses: true}
	for _, name := range config.Reloadable() {
		if bytes.Equal(running.Setting(name), next.Setting(name)) {
			continue
		}
		p.settings = append(p.settings, name)
		if p.config, err = p.config.With(name, next.Setting(name)); err != nil {
			return nil, nil, err
		}
	}
	touched := p.compare(running, next)
	p.keeps = func() (batch store.Batch) {
		for _, id := range p.touched {
			a, there := next.Accounts.Find(id)
			if !there {
				batch = append(batch, n.keep(id, nil, e.By), store.Change{Key: keptPauses + id})
				continue
			}
			batch = append(batch, n.keep(id, &a, e.By))
		}
		for _, name := range p.settings {
			batch = append(batch, n.keepSetting(name, next, e.By))
		}
		return batch
	}
	return p, warnings, n.planAccounts(p, next.Accounts, touched, e.Force, func(config.Account) {})
}

// answerOf returns what a client is told of a change of the whole configuration.
func answerOf(done Reloaded, warnings []config.Warning) admin.Reloaded {
	answer := admin.Reloaded{Changed: done.Changed, Restart: done.Restart, Dropped: done.Dropped}
	if answer.Changed == nil {
		answer.Changed = []string{}
	}
	for _, w := range warnings {
		answer.Warnings = append(answer.Warnings, w.String())
	}
	return answer
}
