'use strict';

// v1.js is an account of version 1 of the ledger plugin interface, which has transfers in place of packets. Its settings are
// those of probe.js, and
//
//   info      what getInfo() returns
//   account   what getAccount() returns
//   without   names of methods that it does not have

const { EventEmitter } = require('events');
const { Probe, walk } = require('./probe');

class ProbeV1 extends EventEmitter {
  constructor (opts, api) {
    super();
    const { probe: settings = {}, _store, _log, ...rest } = opts;
    this.settings = settings;
    this.api = api;
    this.connected = false;
    this.probe = new Probe(settings, {
      api: (command) => walk(this.api, command, (arg) => this.probe.value(arg)),
      emit: ({ event, args }) => new Promise((resolve) => setImmediate(() => {
        this.emit(event, ...(args || []).map((arg) => this.probe.value(arg)));
        resolve();
      })),
      // transfer emits an event about the transfer that was sent last.
      transfer: ({ event, args }) => { this.emit(event, this.last, ...(args || [])); },
      request: ({ message }) => this.requestHandler(message)
    });
    this.probe.call('constructor', [rest, Object.keys(api)], () => {});
    for (const method of settings.without || []) this[method] = undefined;
  }

  connect (...args) {
    return this.probe.call('connect', args, async () => {
      this.connected = true;
      this.emit('connect');
    });
  }

  disconnect (...args) {
    return this.probe.call('disconnect', args, async () => {
      this.connected = false;
      this.emit('disconnect');
    });
  }

  isConnected () { return this.connected; }
  getInfo () { return this.probe.scripted('getInfo', () => this.settings.info); }
  getAccount () { return this.probe.scripted('getAccount', () => this.settings.account); }

  sendTransfer (transfer, ...more) {
    this.last = transfer;
    return this.probe.call('sendTransfer', [transfer, ...more], async () => {});
  }

  sendRequest (...args) { return this.probe.call('sendRequest', args, async () => ({})); }
  fulfillCondition (...args) { return this.probe.call('fulfillCondition', args, async () => {}); }
  rejectIncomingTransfer (...args) { return this.probe.call('rejectIncomingTransfer', args, async () => {}); }

  registerRequestHandler (handler) {
    this.probe.saw('registerRequestHandler', handler);
    this.requestHandler = handler;
  }

  deregisterRequestHandler () {
    this.probe.saw('deregisterRequestHandler');
    delete this.requestHandler;
  }
}

module.exports = ProbeV1;
