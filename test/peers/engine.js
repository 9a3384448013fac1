'use strict';

// engine.js holds any number of settlement engines, made of the npm ilp-settlement-core, and a ledger in memory that they
// settle on. It is spoken to as peer.js is: one JSON command per line on stdin, {id, do, ...arguments}, one answer per
// line on stdout, {id, ok} or {id, error}. It ends when stdin does.

const net = require('net');
const readline = require('readline');
const { startServer, createMemoryStore } = require('ilp-settlement-core');

// The ledger counts in units of 10^-6.
const LEDGER_SCALE = 6;
const ROUND_DOWN = 1;

// transfers is the ledger: who paid whom how much, in order. Engines look at it from where they stopped.
const transfers = [];
const engines = new Map();

// Home is one engine: what a real one would have on disk, and the server while it runs.
class Home {
  constructor (name) {
    this.name = name; // also its address on the ledger
    this.store = createMemoryStore();
    this.peers = new Map(); // address of the peer by account
    this.seen = 0; // transfers that were looked at
  }

  async start (connectorUrl) {
    if (!this.port) this.port = await freePort();
    this.running = {};
    this.server = await startServer((services) => this.connect(services), this.store, { connectorUrl, port: this.port });
    this.look();
    return { url: `http://127.0.0.1:${this.port}` };
  }

  async stop () {
    this.running = undefined;
    await this.server.shutdown();
  }

  // connect is the engine that ilp-settlement-core runs.
  async connect (services) {
    this.services = services;
    return {
      setupAccount: async (accountId) => { await this.peerOf(accountId); },
      settle: async (accountId, amount) => {
        const whole = amount.decimalPlaces(LEDGER_SCALE, ROUND_DOWN);
        if (!whole.isZero()) this.transfer(await this.peerOf(accountId), whole);
        return whole;
      },
      handleMessage: async (accountId, { address }) => {
        this.peers.set(accountId, address);
        return { address: this.name };
      },
      closeAccount: async (accountId) => { this.peers.delete(accountId); }
    };
  }

  // peerOf is the address of the peer, who is asked for it, and told ours, the first time.
  async peerOf (accountId) {
    if (!this.peers.has(accountId)) {
      const { address } = await this.services.sendMessage(accountId, { address: this.name });
      this.peers.set(accountId, address);
    }
    return this.peers.get(accountId);
  }

  transfer (to, amount) {
    transfers.push({ id: `transfer-${transfers.length}`, from: this.name, to, amount });
    if (engines.get(to).running) engines.get(to).look();
  }

  // look credits what has come in on the ledger, one after the other.
  async look () {
    const life = this.running;
    if (life.looking) return;
    life.looking = true;
    while (this.running === life && this.seen < transfers.length) {
      const { id, from, to, amount } = transfers[this.seen];
      const [account] = [...this.peers].find(([, address]) => address === from) || [];
      if (to === this.name) await this.services.creditSettlement(account, amount, id);
      if (this.running === life) this.seen++;
    }
    life.looking = false;
  }
}

function freePort () {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

const commands = {
  // start runs an engine, again with all that it knew if it ran before.
  async start ({ name, connectorUrl }) {
    if (!engines.has(name)) engines.set(name, new Home(name));
    return engines.get(name).start(connectorUrl);
  },
  async stop ({ name }) { await engines.get(name).stop(); },
  async transfers () { return transfers.map(({ from, to, amount }) => ({ from, to, amount: amount.toFixed() })); }
};

function answer (line) { process.stdout.write(JSON.stringify(line) + '\n'); }

readline.createInterface({ input: process.stdin })
  .on('line', async (line) => {
    const { id, do: verb, ...args } = JSON.parse(line);
    try {
      if (!commands[verb]) throw new Error(`unknown command ${verb}`);
      const ok = await commands[verb](args);
      answer({ id, ok: ok === undefined ? null : ok });
    } catch (err) {
      answer({ id, error: `${verb} ${args.name}: ${(err && err.message) || err}` });
    }
  })
  .on('close', () => process.exit(0));
