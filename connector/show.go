package connector

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/config"
)

// running returns the configuration that runs: the accounts as they are now, those that are
// declared first. An account whose removal is certain is gone, although its packets may not have ended.
// Clients that are accounts belong to none.
func (c *Connector) running() *config.Config {
	now := *c.cfg()
	now.Accounts = nil
	for _, a := range c.cfg().Accounts {
		if m := c.member(a.ID); m != nil && !c.goes(m) {
			now.Accounts = append(now.Accounts, *m.now().config)
		}
	}
	for _, m := range c.all() {
		if _, declared := c.cfg().Accounts.Find(m.id); !declared && m.host == nil && !c.goes(m) {
			now.Accounts = append(now.Accounts, *m.now().config)
		}
	}
	return &now
}

// etag returns the ETag of what is declared, kept and running. It is another one after a restart.
func (n node) etag() (string, error) {
	accounts, _, err := n.keptChanges()
	if err != nil {
		return "", err
	}
	settings, err := n.keptSettings()
	if err != nil {
		return "", err
	}
	kept, err := json.Marshal([]any{accounts, settings})
	if err != nil {
		return "", err
	}
	key := n.tagKey[:]
	for _, part := range [][]byte{n.declared.Load().Fingerprint(key), n.running().Fingerprint(key), kept} {
		key = mac(key, part)
	}
	return `"` + hex.EncodeToString(key) + `"`, nil
}

// keptSettings returns what the store keeps of settings, by name.
func (n node) keptSettings() (map[string]keptSetting, error) {
	if !n.durable {
		return nil, nil
	}
	return readKept[keptSetting](n.store, keptSettings)
}

// RunningConfig returns the configuration that runs, or the declared one, without secrets.
func (n node) RunningConfig(declared bool) (admin.RunningConfig, error) {
	tag, err := n.etag()
	if err != nil {
		return admin.RunningConfig{}, err
	}
	origins, err := n.newOrigins()
	if err != nil {
		return admin.RunningConfig{}, err
	}
	c := n.running()
	if declared {
		c = n.declared.Load()
	}
	text, err := json.Marshal(c.Shown())
	if err != nil {
		return admin.RunningConfig{}, err
	}
	file, _ := n.declared.Load().File()
	out := admin.RunningConfig{
		ETag: tag, Address: n.Address(), File: file, Config: text, Origins: make(map[string]admin.Origin), Listeners: []admin.Listener{},
	}
	for _, s := range c.Sockets() {
		out.Listeners = append(out.Listeners, admin.Listener{Owner: s.Owner, Setting: s.Path, Host: s.Host, Port: s.Port})
	}
	for _, v := range c.Values() {
		out.Origins[v.Path] = origins.of(v)
	}
	return out, nil
}

// origins knows where values are from.
type origins struct {
	config   *config.Config // what is declared
	declared map[string]config.Value
	kept     map[string]config.Value // as the store keeps the accounts and settings that were changed
	changes  map[string]admin.Origin // by account or settingKey
}

func (n node) newOrigins() (*origins, error) {
	accounts, _, err := n.keptChanges()
	if err != nil {
		return nil, err
	}
	settings, err := n.keptSettings()
	if err != nil {
		return nil, err
	}
	declared := n.declared.Load()
	kept := *n.cfg()
	kept.Accounts = nil
	o := &origins{config: declared, changes: make(map[string]admin.Origin)}
	for id, k := range accounts {
		o.changes[id] = admin.Origin{From: admin.KeptOrigin, At: admin.Time{Time: k.At}, By: k.By}
		if a, _, err := n.cfg().Kept(id, k.Account, n.parts.known()); k.Account != nil && err == nil {
			kept.Accounts = append(kept.Accounts, a)
		}
	}
	for name, k := range settings {
		o.changes[settingKey(name)] = admin.Origin{From: admin.KeptOrigin, At: admin.Time{Time: k.At}, By: k.By}
		if with, err := kept.With(name, k.Value); err == nil {
			kept = *with
		}
	}
	o.declared, o.kept = byPath(declared.Values()), byPath(kept.Values())
	return o, nil
}

func byPath(values []config.Value) map[string]config.Value {
	all := make(map[string]config.Value, len(values))
	for _, v := range values {
		all[v.Path] = v
	}
	return all
}

// of returns where a value that runs is from.
func (o *origins) of(v config.Value) admin.Origin {
	was, there := o.declared[v.Path]
	if there && was.Same(v) {
		if was.Default {
			return admin.Origin{From: "default"}
		}
		return admin.Origin{From: declaredBy(o.config, v)}
	}
	change, key := admin.Origin{From: admin.EphemeralOrigin}, v.Account
	if v.Account == "" {
		if key = settingKey(v.Path); !slices.Contains(config.Reloadable(), v.Path) {
			return admin.Origin{From: admin.RestartOrigin}
		}
	}
	if _, declared := o.config.Accounts.Find(v.Account); !declared && v.Account != "" && v.Default {
		return admin.Origin{From: "default"}
	}
	if k, there := o.kept[v.Path]; there && k.Same(v) {
		if made, isKept := o.changes[key]; isKept {
			change = made
		}
	}
	return change
}

// declaredBy returns where the configuration has a value from.
func declaredBy(c *config.Config, v config.Value) string {
	setting := v.Setting()
	origin := c.SettingOrigin(setting)
	if origin == "file" || origin == "default" {
		return origin
	}
	return "variable " + origin
}

// ConfigDiff compares what the file says now, what was declared and what runs.
func (n node) ConfigDiff() (admin.ConfigDiff, error) {
	tag, err := n.etag()
	if err != nil {
		return admin.ConfigDiff{}, err
	}
	origins, err := n.newOrigins()
	if err != nil {
		return admin.ConfigDiff{}, err
	}
	declared, running := n.declared.Load(), n.running()
	file, _ := declared.File()
	out := admin.ConfigDiff{ETag: tag, File: file, Differences: []admin.ConfigDifference{}}
	all := []*config.Config{declared, running}
	if n.parts.reread != nil {
		now, _, err := n.parts.reread()
		if err != nil {
			out.Faults = append(out.Faults, err.Error())
		} else {
			all = append(all, now)
		}
	}
	paths := byPath(running.Values())
	edited := make(map[string]bool)
	differences := config.Differences(all...)
	for _, d := range differences {
		if len(all) > 2 && d.Same[2] != 0 {
			edited[cmp.Or(d.Account, settingKey(d.Path))] = true
		}
	}
	for _, d := range differences {
		one := admin.ConfigDifference{Path: d.Path, Declared: orNull(d.Values[0]), Running: orNull(d.Values[1])}
		if d.Same[1] != 0 {
			one.From, one.At, one.By = origins.ofDifference(d, paths)
			one.Dropped = edited[cmp.Or(d.Account, settingKey(d.Path))] && one.From != admin.RestartOrigin
		}
		if len(all) > 2 {
			one.File = orNull(d.Values[2])
			if d.Same[2] != 0 {
				one.Edited = "restart"
				if d.Account != "" || slices.Contains(config.Reloadable(), d.Path) {
					one.Edited = "reload"
				}
			}
		}
		out.Differences = append(out.Differences, one)
	}
	return out, nil
}

// ofDifference returns where the running value of a difference is from.
func (o *origins) ofDifference(d config.Difference, running map[string]config.Value) (from string, at admin.Time, by string) {
	v, there := running[d.Path]
	if there {
		origin := o.of(v)
		return origin.From, origin.At, origin.By
	}
	key := d.Account // an account that was added or removed, or a value that was left out
	if key == "" {
		key = settingKey(d.Path)
	}
	_, keptHere := o.kept[d.Path]
	if made, isKept := o.changes[key]; isKept && !keptHere {
		return made.From, made.At, made.By
	}
	return admin.EphemeralOrigin, admin.Time{}, ""
}

func orNull(value json.RawMessage) json.RawMessage {
	if value == nil {
		return json.RawMessage("null")
	}
	return value
}

// ExportConfig returns a file that declares what runs.
func (n node) ExportConfig(force bool) (admin.ConfigExport, error) {
	n.adding.Lock() // nothing changes meanwhile
	defer n.adding.Unlock()
	changes, err := n.ConfigChanges()
	if err != nil {
		return admin.ConfigExport{}, err
	}
	out := admin.ConfigExport{Declares: []string{}}
	for _, c := range changes {
		name := c.Setting
		if c.Account != "" {
			name = config.AccountPath(c.Account)
		}
		switch {
		case c.What == admin.PausedAccountChange:
		case c.Kept && !c.InForce:
			return out, admin.Conflict(fmt.Sprintf("the kept change of %s is not in force (%s): make it again, or discard it with 'ilp-connector config discard', and then save", name, c.Reason))
		case !c.Kept:
			out.Ephemeral = append(out.Ephemeral, name)
		}
	}
	declared := n.declared.Load()
	var text []byte
	if out.File, out.Digest = declared.File(); out.File != "" {
		var now string
		if text, now, err = declared.FileNow(); err != nil {
			return out, admin.Conflict(fmt.Sprintf("the configuration file cannot be read again: %v", err))
		}
		if now != out.Digest && !force {
			return out, admin.Conflict(fmt.Sprintf("%s was edited since it was read: reload it first, or save on top of the edit with force", out.File))
		}
		out.Digest = now
	}
	saved, err := declared.Save(text, n.running(), n.parts.known())
	if err != nil {
		return out, admin.Conflict(err.Error())
	}
	out.Text, out.Variables, out.Bare = string(saved.Text), saved.Variables, saved.Bare
	out.Declares = append(out.Declares, saved.Declares...)
	return out, nil
}
