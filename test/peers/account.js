'use strict';

const ILDCP = require('ilp-protocol-ildcp');
const BtpPlugin = require('ilp-plugin-btp');
const HttpPlugin = require('ilp-plugin-http');
const BtpPacket = require('btp-packet');
const packets = require('./packets');
const { answer } = require('./answers');

// An answer to a request may carry its own protocol data; the plugin knows only the ilp entry.
class Plugin extends BtpPlugin {
  async _handleData (from, packet) {
    const entries = await super._handleData(from, packet);
    const own = entries.length > 0 && entries[0].data.protocolData;
    return own || entries;
  }

  // The plugin keeps what a client sent while authenticating for its subclasses.
  async _connect (flags) { this.flags = flags; }
}

const quiet = { info () {}, warn () {}, error () {}, debug () {}, trace () {} };

// Account is one account, over BTP unless it says otherwise: an npm plugin, what it shall answer, and what it has
// received.
class Account {
  constructor (plugin) {
    this.plugin = plugin;
    this.plugin.registerDataHandler((packet) => this.handle(packet));
    this.always = { do: 'reject', code: 'F00', message: 'the peer has no script' };
    this.held = []; // answers that wait for release
    this.requests = [];
    this.routing = { do: 'fulfill', preimage: '00'.repeat(32) }; // the answer to messages of the routing protocol
    this.exchanged = []; // those messages, all of them
    this.waiting = []; // those who wait for a number of requests
    this.done = this.plugin.connect();
    this.done.catch(() => {}); // told to whoever asks connected()
  }

  static overBTP (options) { return new Account(new Plugin({ responseTimeout: 20000, ...options }, { log: quiet })); }

  static client (options) { return Account.overBTP(options); }

  static http (options) { return new Account(new HttpPlugin(options)); }

  static listener (secret, options) {
    const account = Account.overBTP({ ...options, listener: { secret, wsOpts: { host: '127.0.0.1', port: 0 } } });
    account.plugin._wss.on('connection', (socket, request) => { account.path = request.url; });
    return account;
  }

  // port is where a listener listens; a client over BTP has none.
  async port () {
    const server = this.plugin._wss || this.plugin._httpServer;
    if (!server) return 0;
    if (!server.address()) await new Promise((resolve) => server.once('listening', resolve));
    return server.address().port;
  }

  // connected waits for the other side and tells how it introduced itself.
  async connected () {
    await this.done;
    const { auth_username: username, auth_token: token } = this.plugin.flags || {};
    const text = (value) => value === undefined ? '' : value.toString();
    return { username: text(username), token: text(token), path: this.path || '' };
  }

  close () { return this.plugin.disconnect(); }

  // closeSocket closes the WebSocket with a code and a reason. A client does not come back.
  closeSocket (code, reason) {
    const socket = this.plugin._incomingWs || this.plugin._ws._instance;
    socket.removeAllListeners();
    socket.close(code, reason);
  }

  // leave closes the connection of a client, and waits until the other side has done so too.
  async leave () {
    const socket = this.plugin._ws._instance;
    socket.removeAllListeners();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.close(1000);
    await closed;
    this.plugin._emitDisconnect();
  }

  // comeBack connects a client again that has left, and waits until it is let in.
  async comeBack () {
    const back = new Promise((resolve) => this.plugin.once('connect', resolve));
    await this.plugin._ws.open(this.plugin._ws._url);
    await back;
  }

  ildcp () { return ILDCP.fetch((packet) => this.plugin.sendData(packet)); }

  async send (packet) {
    try {
      return packets.describeReply(await this.plugin.sendData(packet));
    } catch (err) {
      return failure(err);
    }
  }

  // call sends any BTP request; its entries of protocol data stay in their order.
  async call (type, amount, entries) {
    const requestId = Math.floor(Math.random() * 0xffffffff);
    const data = { amount, protocolData: packets.protocolData(entries) };
    try {
      const response = await this.plugin._call('', { type: BtpPacket.Type[type], requestId, data });
      return {
        type: 'response',
        entries: response.protocolData.map(({ protocolName, contentType, data }) => ({
          name: protocolName,
          type: contentType,
          reply: packets.describeReply(data)
        }))
      };
    } catch (err) {
      return failure(err);
    }
  }

  script (always) {
    this.always = always;
    this.requests = [];
  }

  // release lets the held answers go and tells how many there were.
  release () {
    const held = this.held;
    this.held = [];
    held.forEach((go) => go());
    return held.length;
  }

  // awaited waits until there were count requests since the last script.
  async awaited (count) {
    while (this.requests.length < count) await new Promise((resolve) => this.waiting.push(resolve));
  }

  async handle (packet) {
    const request = packets.describePrepare(packet);
    // What a connector says to its neighbor itself is no part of the script for packets.
    if (request.destination === 'peer.config') return this.serveConfig(packet);
    if (request.destination && request.destination.startsWith('peer.route.')) {
      this.exchanged.push(request);
      return answer(this.routing, (go) => this.held.push(go));
    }
    if (request.destination && request.destination.startsWith('peer.')) return packets.PEER_PROTOCOL_FULFILL;
    this.requests.push(request);
    this.waiting.splice(0).forEach((resolve) => resolve());
    return answer(this.always, (go) => this.held.push(go));
  }

  serveConfig (requestPacket) {
    return ILDCP.serve({ requestPacket, serverAddress: 'test.parent', handler: async () => this.gives });
  }
}

// failure describes what the plugin throws: a BTP error as its JSON, or words.
function failure (err) {
  try {
    const { code, name, data } = JSON.parse(err.message);
    return { type: 'error', code, name, message: data };
  } catch (_) {
    return { type: 'failure', message: err.message };
  }
}

module.exports = { Account };
