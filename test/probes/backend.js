'use strict';

// backend.js is a backend that gives the rates it is told, 1 by itself. Its settings are those of probe.js, and
//
//   without   names of methods that it does not have

const { Probe, walk } = require('./probe');

class ProbeBackend {
  constructor (opts, api) {
    const { probe: settings = {}, ...rest } = opts;
    this.api = api;
    this.probe = new Probe(settings, {
      api: (command) => walk(this.api, command, (arg) => this.probe.value(arg)),
      // listen writes down the events of the account service.
      listen: ({ event }) => { this.api.accounts.on(event, (...args) => this.probe.saw('event ' + event, ...args.map(brief))); }
    });
    this.probe.call('constructor', [rest, Object.keys(api)], () => {});
    for (const method of settings.without || []) this[method] = undefined;
  }

  connect (...args) { return this.probe.call('connect', args, async () => {}); }
  getRate (...args) { return this.probe.call('getRate', args, async () => 1); }
  submitPayment (...args) { return this.probe.call('submitPayment', args, async () => {}); }
  submitPacket (...args) { return this.probe.call('submitPacket', args, async () => {}); }
}

// brief is an argument without the members of a plugin.
function brief (arg) { return typeof arg === 'object' ? typeof arg : arg; }

module.exports = { default: ProbeBackend };
