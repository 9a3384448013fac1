'use strict';

// plugin.js is an account that does what it is told: a plugin of version 2 of the ledger plugin interface. Its settings are
// those of probe.js, and
//
//   adminInfo       it has getAdminInfo and sendAdminInfo
//   heedsConnected  isConnected() is written down as well
//   single          it refuses a second handler, as many plugins do
//   silent          it emits no connect and no disconnect by itself
//   emits           names of events that it emits in its constructor
//   writes          {path, value}: what it writes into its options
//   asks            a value that it gives the data handler while it connects

const { EventEmitter } = require('events');
const { Probe, walk } = require('./probe');

class ProbePlugin extends EventEmitter {
  constructor (opts, api) {
    super();
    const settings = (opts && opts.probe) || {};
    this.settings = settings;
    this.opts = opts;
    this.api = api;
    this.connected = false;
    this.probe = new Probe(settings, this.commands());
    const { probe, _store, _log, ...rest } = opts;
    this.probe.call('constructor', [rest, Object.keys(api)], () => {});
    this.probe.saw('given', _store === api.store, _log === api.log, methods(api.store, 'get', 'put', 'del'),
      methods(api.log, 'info', 'warn', 'error', 'debug', 'trace'));
    if (settings.writes) walkTo(opts, settings.writes.path, settings.writes.value);
    (settings.emits || []).forEach((event) => this.emit(event));
    if (settings.adminInfo) {
      this.getAdminInfo = (...args) => this.probe.call('getAdminInfo', args, async () => ({ told: 'by the probe' }));
      this.sendAdminInfo = (...args) => this.probe.call('sendAdminInfo', args, async (body) => ({ done: true }));
    }
  }

  connect (...args) {
    return this.probe.call('connect', args, async () => {
      if ('asks' in this.settings) {
        this.probe.saw('told', await this.dataHandler(this.probe.value(this.settings.asks)).catch((err) => err));
      }
      this.setConnected(true);
    }, { emitter: this });
  }

  disconnect (...args) {
    return this.probe.call('disconnect', args, async () => this.setConnected(false), { emitter: this });
  }

  setConnected (connected) {
    this.connected = connected;
    if (!this.settings.silent) this.emit(connected ? 'connect' : 'disconnect');
  }

  isConnected (...args) {
    if (this.settings.heedsConnected) this.probe.saw('isConnected', ...args);
    return this.probe.scripted('isConnected', () => this.connected);
  }

  // sendData rejects by itself: a test says what it wants to be answered.
  sendData (...args) {
    return this.probe.call('sendData', args, async () => { throw new Error('the probe has no script'); }, { emitter: this });
  }

  sendMoney (...args) {
    return this.probe.call('sendMoney', args, async () => {}, { emitter: this });
  }

  registerDataHandler (...args) { this.probe.call('registerDataHandler', args, () => this.setHandler('dataHandler', args[0])); }
  registerMoneyHandler (...args) { this.probe.call('registerMoneyHandler', args, () => this.setHandler('moneyHandler', args[0])); }
  deregisterDataHandler (...args) { this.probe.call('deregisterDataHandler', args, () => { delete this.dataHandler; }); }
  deregisterMoneyHandler (...args) { this.probe.call('deregisterMoneyHandler', args, () => { delete this.moneyHandler; }); }

  setHandler (which, handler) {
    if (this.settings.single && this[which]) throw new Error(`${which} is registered already`);
    this[which] = handler;
  }

  commands () {
    return {
      // data and money call the handlers, with any value.
      data: ({ value }) => this.dataHandler(this.probe.value(value)),
      money: ({ value }) => this.moneyHandler(this.probe.value(value)),
      // api calls what the connector gives: store.get, log.info and so on.
      api: (command) => walk(this.api, command, (arg) => this.probe.value(arg)),
      // emit emits an event where nothing catches what a listener throws.
      emit: ({ event, args }) => new Promise((resolve) => setImmediate(() => {
        this.emit(event, ...(args || []).map((arg) => this.probe.value(arg)));
        resolve();
      })),
      listeners: ({ event }) => this.listenerCount(event),
      // set changes what isConnected() says, and go emits the event as well.
      set: ({ connected }) => { this.connected = connected; },
      go: ({ connected }) => this.setConnected(connected)
    };
  }
}

// walkTo writes a value where a path of names leads to.
function walkTo (root, path, value) {
  const names = path.split('.');
  const last = names.pop();
  names.reduce((at, name) => at[name], root)[last] = value;
}

// methods are the names of those functions that an object has.
function methods (object, ...names) { return names.filter((name) => typeof object[name] === 'function'); }

ProbePlugin.version = 2;

module.exports = ProbePlugin;
