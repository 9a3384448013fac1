'use strict';

// store.js is a store in memory that keeps whatever it is given. Its settings are those of probe.js.

const { Probe } = require('./probe');

class ProbeStore {
  constructor (opts, api) {
    const { probe: settings = {}, ...rest } = opts;
    this.values = new Map();
    this.probe = new Probe(settings, { value: ({ key }) => this.values.get(key) });
    this.probe.call('constructor', [rest, Object.keys(api)], () => {});
  }

  get (...args) { return this.probe.call('get', args, async () => this.values.get(args[0])); }
  put (...args) { return this.probe.call('put', args, async () => { this.values.set(args[0], args[1]); }); }
  del (...args) { return this.probe.call('del', args, async () => { this.values.delete(args[0]); }); }
}

module.exports = ProbeStore;
